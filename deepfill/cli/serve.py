"""`deepfill serve`: completes pictures over HTTP, with an editor at / to paint holes in a browser."""

import functools

from absl import flags

from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.errors import DeepFillError

FLAGS = flags.FLAGS
flags.DEFINE_string("host", "127.0.0.1", "Address to listen at; 0.0.0.0 for all of this machine's.")
flags.DEFINE_integer("port", 8080, "Port to listen at; 0 for any free one.", 0, 65535)
flags.DEFINE_string("checkpoint_dir", str(DEFAULT_CHECKPOINT), "A workdir, an imported or a published checkpoint.")
flags.DEFINE_enum("precision", "auto", ["auto", "float32", "bfloat16"], "auto: bfloat16 where the hardware has it.")
flags.DEFINE_bool("average", True, "Use the moving average of the weights, where the training kept one.")
flags.DEFINE_integer("attention_memory", None, "Megabytes for attention's scores. Default: a share of what is free.", 1)
flags.DEFINE_integer("queue", 16, "Requests that may wait beside the one under way; further ones are answered 429.", 0)
flags.DEFINE_integer("max_megabytes", 256, "Rejects larger requests.", 1)
flags.DEFINE_integer("max_pixels", 64_000_000, "Rejects pictures with more pixels than this.", 1)
flags.DEFINE_multi_string(
    "allow_origin", [], "An origin, as in https://example.org, whose pages may use the server; repeatable; * for all."
)


def main(arguments: list[str]) -> int:
    """Reads the flags and serves until a signal."""
    try:
        import fastapi  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise DeepFillError(f'{error.name} is missing: install the extra, pip install "deepfill[serve]"') from error
    from deepfill.inference import Inpainter
    from deepfill.serving import Limits, serve

    memory = FLAGS.attention_memory and FLAGS.attention_memory * 2**20
    make = functools.partial(Inpainter, FLAGS.checkpoint_dir, FLAGS.precision, FLAGS.average, attention_memory=memory)
    limits = Limits(FLAGS.queue, FLAGS.max_megabytes * 2**20, FLAGS.max_pixels)
    serve(make, FLAGS.host, FLAGS.port, limits, FLAGS.allow_origin)
    return 0
