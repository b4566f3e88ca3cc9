"""A program of its own, started by `quiet`: copies its input to stderr without the log lines of TensorFlow's libraries.

It keeps the last of them, and shows them at the end of its input unless the line `quiet.DONE` has come.
"""

import collections
import re
import signal
import sys

# The formats of abseil, before and after its initialisation, and TensorFlow's older one. Fatal errors (F) are not held
# back.
_LOG = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog"
    rb"|[IWE]\d{4} \d\d:\d\d:\d\d|[IWE]0000 00:00:\d+"
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] "
)
_CONTINUED = re.compile(rb"[ \t]|To enable the following instructions")
_DONE = b"\0deepfill is done\n"
_KEPT = 200


def main() -> None:
    """Filters stdin to stderr until it ends; ignores signals, which cluster managers send to every process of a job."""
    hangup = [signal.SIGHUP] if hasattr(signal, "SIGHUP") else []
    for number in (signal.SIGINT, signal.SIGTERM, *hangup):
        signal.signal(number, signal.SIG_IGN)
    held: collections.deque[bytes] = collections.deque(maxlen=_KEPT)
    done = in_message = False
    for line in sys.stdin.buffer:
        if line.endswith(_DONE):
            done, line = True, line.removesuffix(_DONE)
        in_message = bool(_LOG.match(line) or (in_message and _CONTINUED.match(line)))
        if in_message:
            held.append(line)
        else:
            sys.stderr.buffer.write(line)
            sys.stderr.buffer.flush()
    if not done:
        sys.stderr.buffer.writelines(held)
        sys.stderr.buffer.flush()


if __name__ == "__main__":
    main()
