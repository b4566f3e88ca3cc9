"""The filter holds back log lines of TensorFlow's libraries alone, and shows them unless all went well."""

import subprocess
import sys

from deepfill.cli import quiet, quiet_filter

NOISE = b"""\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795648594.690208    9149 port.cc:153] oneDNN custom operations are on. You may see ...
E0000 00:00:1795648595.460092    9149 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error
W1125 23:16:55.460092    9149 gpu_device.cc:2430] Cannot dlopen some GPU libraries.
2026-11-25 23:16:55.460092: E tensorflow/core/grappler/optimizers/meta_optimizer.cc:961] remapper failed: INVALID
\t [[{{node gradients}}]]
2026-11-25 23:16:55.460092: I tensorflow/core/platform/cpu_feature_guard.cc:210] This TensorFlow binary is ...
To enable the following instructions: AVX2 AVX512F, in other operations, rebuild TensorFlow.
"""
OTHERS = b"""\
libpng warning: iCCP: known incorrect sRGB profile
F0000 00:00:1795648595.460092    9149 gpu.cc:52] Check failed: cudnn
free(): invalid pointer
without an end of line"""


def filtered(data):
    command = [sys.executable, "-I", "-S", quiet_filter.__file__]
    return subprocess.run(command, input=data, capture_output=True, check=True).stderr


def test_only_log_lines_are_held_back():
    assert filtered(NOISE + OTHERS + quiet.DONE) == OTHERS


def test_without_the_word_that_all_went_well_they_are_shown_at_the_end():
    assert filtered(NOISE + OTHERS) == OTHERS + NOISE
