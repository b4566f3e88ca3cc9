import pytest

from deepfill.inpainting.memory import attention_memory

MACHINE = "MemTotal:       24000000 kB\nMemFree:          100000 kB\nMemAvailable:     160000 kB\n"


def machine(folder, meminfo=None, limit=None, used=0, cached=0):
    """A root folder in which Linux would say so."""
    (folder / "proc").mkdir()
    (folder / "sys/fs/cgroup").mkdir(parents=True)
    if meminfo:
        (folder / "proc/meminfo").write_text(meminfo)
    if limit:
        (folder / "sys/fs/cgroup/memory.max").write_text(f"{limit}\n")
        (folder / "sys/fs/cgroup/memory.current").write_text(f"{used}\n")
        (folder / "sys/fs/cgroup/memory.stat").write_text(f"file 5\ninactive_file {cached}\nactive_file 7\n")
    return folder


@pytest.mark.parametrize(
    "said, wanted",
    [
        ({}, 2**28),
        ({"meminfo": MACHINE}, 10_240_000),
        ({"meminfo": MACHINE, "limit": "max"}, 10_240_000),
        ({"meminfo": MACHINE, "limit": 64_000_000, "used": 16_000_000}, 3_000_000),
        ({"meminfo": MACHINE, "limit": 16_000_000, "used": 17_000_000}, 1),
        ({"meminfo": MACHINE, "limit": 64_000_000, "used": 64_000_000, "cached": 48_000_000}, 3_000_000),
        ({"limit": 2**40, "used": 5}, 2**28),
    ],
)
def test_a_share_of_what_is_available_and_no_more_than_is_of_use(tmp_path, said, wanted):
    assert attention_memory(2**28, machine(tmp_path, **said)) == wanted


def test_this_machine_has_some():
    assert 1 < attention_memory(2**28) <= 2**28
