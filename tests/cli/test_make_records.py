"""The command packs pictures, says what it left out, and goes on where it stopped."""

from deepfill.config import DataSettings
from deepfill.data import open_pictures


def test_pictures_become_shards_and_broken_ones_are_named(deepfill_command, files):
    (files / "broken.png").write_bytes(b"broken")
    for _ in range(2):
        ended = deepfill_command("make-records", f"--images={files}", f"--output={files}/out", "--shards=2")
        assert ended.status == 1 and "3 of 4 pictures in 2 shards" in ended.err
        assert len(ended.errors) == 1 and "broken.png is not a picture" in ended.errors[0]
    assert len(open_pictures(DataSettings(records=f"{files}/out"))) == 3


def test_all_pictures_readable_is_a_success(deepfill_command, files):
    ended = deepfill_command("make-records", f"--images={files}", f"--output={files}/out", "--shards=3")
    assert ended.status == 0 and not ended.errors and "100%" in ended.err


def test_mistakes_are_one_sentence(deepfill_command, files):
    ended = deepfill_command("make-records", f"--images={files}/none", f"--output={files}/out", "--shards=3")
    assert ended.status == 1 and len(ended.errors) == 1 and ended.errors[0].startswith("--images: the glob")
