"""The names under which a server may be asked for, so that no other site's name can be made to point to it."""

import ipaddress
import re
import socket
from collections.abc import Sequence

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Hosts:
    """The names that the header Host may have: this machine's own, and further ones.

    A page can give its own name the address of this machine (DNS rebinding); to a browser, page and server are then
    the same site. Only the name tells them apart. An address in place of a name cannot be given to anything else.

    Args:
        host: the name or address that the server listens at.
        further: names that are allowed too; "*": all.
    """

    def __init__(self, host: str, further: Sequence[str] = ()):
        self._all = "*" in further
        self._names = {*_LOOPBACK, host.lower(), *(_name(each) for each in further)}
        self._addresses = not is_loopback(host)
        if self._addresses and _address(host) is not None:
            machine = socket.gethostname().lower()
            self._names |= {machine, f"{machine}.local"}

    def allow(self, header: str) -> bool:
        """Whether a request with this header Host is answered; an empty one is, since browsers always send it."""
        name = _name(header)
        if self._all or not header or name in self._names or name.endswith(".localhost"):
            return True
        address = _address(name)
        return address is not None and (self._addresses or address.is_loopback)

    @staticmethod
    def sentence(header: str) -> str:
        """What to tell a client whose header is not allowed."""
        name = re.sub(r"[^\w.:-]", "?", _name(header))[:100]
        return f"this server does not answer to the name {name}; --allow_host={name} allows it"


def is_loopback(host: str) -> bool:
    """Whether what listens at a host can be reached from this machine alone."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _name(header: str) -> str:
    """The name or address without brackets, port and final dot, in small letters."""
    match = re.match(r"\[([^]]*)\]|([^:]*)(?=:\d*$|$)|(.*)", header.strip().lower())
    return (match[match.lastindex] if match and match.lastindex else "").removesuffix(".")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
