"""Files that were damaged or made to harm: every reader answers with one sentence, in little time and memory.

Lists, settings and weights are changed at random, from a seed; MUTATIONS=20000 tries longer.
"""

import os
import time
import tracemalloc

import numpy as np
import pytest
import yaml

from deepfill.data.files import find_pictures
from deepfill.errors import DeepFillError
from deepfill.formats.numpy_files import read_arrays
from deepfill.formats.pytorch import read_tensors
from deepfill.inpainting import list_jobs
from deepfill.systems.deepfill_v2.settings import DeepFillV2Settings
from deepfill.systems.settings import read_settings
from tests.making.pytorch_writer import save_legacy, save_zip

MUTATIONS = int(os.environ.get("MUTATIONS", "40"))
SECONDS_PER_MB = 2.0
MEMORY = 4  # times the file
FLOOR = 2**21  # bytes that a reader may take for any file

LISTS = "".join(f'photos/{n}.png "my masks\\{n}.png" out/Käse{n}.png\n' for n in range(20))
SETTINGS = yaml.safe_dump(DeepFillV2Settings().model_dump(mode="json"))
STATES = {
    "G": {f"conv{n}": {"weight": np.ones((3, 4, 5), np.float32), "bias": np.ones(3)} for n in range(4)},
    "step": 7,
}


def corpus(folder):
    """A reader and a good file of each kind."""
    folder.mkdir()
    arrays = {f"conv{n}.0.weight": np.ones((3, 4, 5), np.float32) for n in range(4)}
    for name, save in {"plain.npz": np.savez, "packed.npz": np.savez_compressed}.items():
        save(folder / name, **arrays)
    for name, text in {"jobs.txt": LISTS, "list.txt": "a.png\nb.png\n" * 20, "run.yml": SETTINGS}.items():
        (folder / name).write_text(text)
        (folder / f"wide_{name}").write_bytes(text.encode("utf-16"))
    return {
        "jobs": (list_jobs, [folder / "jobs.txt", folder / "wide_jobs.txt"]),
        "list": (lambda path: find_pictures(str(path)), [folder / "list.txt", folder / "wide_list.txt"]),
        "settings": (read_settings, [folder / "run.yml", folder / "wide_run.yml"]),
        "pth": (read_tensors, [save_zip(folder / "new.pth", STATES), save_legacy(folder / "old.pth", STATES)]),
        "npz": (read_arrays, [folder / "plain.npz", folder / "packed.npz"]),
    }


def mutated(data, rng):
    """One to four changes: bytes, numbers that mean much, parts left out, repeated, moved or put within themselves."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        if not data:
            break
        start, end = sorted(rng.integers(len(data) + 1, size=2).tolist())
        end = min(end, start + int(rng.integers(1, 200)))
        part = bytes(data[start:end])
        kind = rng.integers(6)
        if kind == 0:
            data[start:end] = rng.bytes(len(part))
        elif kind == 1:
            data[start : start + 4] = [b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f", b"[{&*", b"q\0h\0"][rng.integers(5)]
        elif kind == 2:
            del data[start:end]
        elif kind == 3:
            data[start:end] = part * int(rng.integers(2, 50))
        elif kind == 4:
            data[start:start] = bytes(data[end : end + 50])
        else:
            del data[start:]
    return bytes(data)


@pytest.mark.filterwarnings("ignore:invalid escape sequence")
@pytest.mark.parametrize("kind", ["jobs", "list", "settings", "pth", "npz"])
def test_whatever_a_file_holds_it_is_read_or_refused_in_a_sentence(tmp_path, kind, caplog):
    read, files = corpus(tmp_path / "corpus")[kind]
    rng = np.random.default_rng(0)
    for file in files:
        assert read(file)
        good = file.read_bytes()
        for number in range(MUTATIONS):
            data = mutated(good, rng)
            path = tmp_path / f"mutated{file.suffix}"
            path.write_bytes(data)
            began = time.process_time()
            tracemalloc.start()
            try:
                read(path)
            except DeepFillError as error:
                assert str(error).strip() and "Traceback" not in str(error)
            taken = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            what = f"mutation {number} of {file.name}"
            assert time.process_time() - began < SECONDS_PER_MB * max(1.0, len(data) / 1e6), what
            assert taken < max(FLOOR, MEMORY * len(data)), what
