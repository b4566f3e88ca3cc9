"""Writes pages of the Python API, made of its docstrings: python docs/api.py build/docs."""

import importlib
import pathlib
import sys

import pdoc

import deepfill

ROOMS = (
    "deepfill",
    "deepfill.inpainting",
    "deepfill.export",
    "deepfill.weights.loading",
    "deepfill.systems",
    "deepfill.systems.base",
    "deepfill.layers",
    "deepfill.photos",
)
"""What programs of others import from."""


def write(folder: pathlib.Path) -> None:
    """Writes a page per room, and an index of them."""
    for name in ROOMS:
        room = importlib.import_module(name)
        for public in getattr(room, "__all__", ()):  # pdoc sees only what has been imported already
            setattr(room, public, getattr(room, public))
    deepfill.Inpainter.__call__.__doc__ += "\n@public"  # pdoc would leave it out, as all names with underscores
    pdoc.render.configure(docformat="google", show_source=False)
    pdoc.pdoc(*ROOMS, output_directory=folder)


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
