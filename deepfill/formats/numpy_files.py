"""Reads the arrays of NumPy's `.npz` files, within bounds that the file's size sets."""

import os
import pathlib
import zipfile

import numpy as np

from deepfill.errors import DeepFillError, error_line

_DENSEST = 20  # times as many bytes as the file has: trained weights are hardly smaller compressed


def read_arrays(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Reads all arrays of a file that `numpy.savez` wrote, or `numpy.savez_compressed`.

    Raises:
        DeepFillError: the file cannot be read, is damaged, or unpacks to far more than trained weights do.
    """
    path = pathlib.Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > _DENSEST * path.stat().st_size:
                raise ValueError("it unpacks to more than weights do")
            return {entry.filename.removesuffix(".npy"): _array(archive, entry) for entry in entries}
    except OSError as error:
        raise DeepFillError(f"{path}: cannot be read: {error.strerror or error}") from error
    except Exception as error:  # A damaged file raises whatever its bytes lead to.
        raise DeepFillError(f"{path}: not a valid .npz file: {error_line(error)}") from error


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(entry) as file:
        version = np.lib.format.read_magic(file)
        read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape, by_column, dtype = read_header[version](file)
        if dtype.hasobject:
            raise ValueError("expected numbers, got objects")
        # Not NumPy's own reader, which makes room for whatever the header says.
        numbers = np.frombuffer(file.read(), dtype)
    return numbers.reshape(shape, order="F" if by_column else "C")
