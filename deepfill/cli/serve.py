"""Completes pictures over HTTP, and serves an editor for painting holes in a browser."""

import functools

from absl import flags

from deepfill.backend import require_tensorflow
from deepfill.defaults import DEFAULT_CHECKPOINT
from deepfill.errors import DeepFillError, install_command
from deepfill.formats.checkpoint_files import is_onnx, require_checkpoint_files

EXAMPLES = ("deepfill serve", "deepfill serve --port=9000 --checkpoint_dir=checkpoints/places2")
GROUPS = {"address": "host", "network": "checkpoint_dir", "log": "log_json", "limits": "queue"}

FLAGS = flags.FLAGS
flags.DEFINE_string("host", "127.0.0.1", "The address to listen on; 0.0.0.0: all addresses of this machine.")
flags.DEFINE_integer("port", 8080, "The port to listen on; 0: any free one.", 0, 65535)
flags.DEFINE_multi_string(
    "allow_origin",
    [],
    "An origin whose pages may use the server, such as https://example.org; *: all. May be repeated.",
)
flags.DEFINE_multi_string(
    "allow_host",
    [],
    "A name under which the server may be asked for besides localhost and --host, such as example.org; *: any. "
    "May be repeated.",
)
flags.DEFINE_string("root_path", "", "The path under which a proxy shows the server, such as /deepfill.")
flags.DEFINE_string(
    "checkpoint_dir",
    str(DEFAULT_CHECKPOINT),
    "The weights: a training's workdir, an imported checkpoint, a published one, or an exported ONNX file. Default: "
    "the bundled weights.",
)
flags.DEFINE_bool(
    "average", True, "Use the moving average of the weights if the training kept one; --noaverage: the raw weights."
)
flags.DEFINE_enum(
    "precision", "auto", ["auto", "float32", "bfloat16"], "auto: bfloat16 where the hardware multiplies in it."
)
flags.DEFINE_integer(
    "attention_memory", None, "Megabytes for attention's scores. Default: depends on free memory, at most 256.", 1
)
flags.DEFINE_bool("log_json", False, "Write the log, a line per request on standard error, in JSON.")
flags.DEFINE_integer("queue", 16, "How many requests may wait; further ones are answered with status 429.", 0)
flags.DEFINE_integer("max_megabytes", 256, "Reject larger requests.", 1)
flags.DEFINE_integer(
    "max_pixels",
    None,
    "Reject pictures with more pixels than this. Default: 200 megapixels; down to 64 where memory is short.",
    1,
)


def main(arguments: list[str]) -> int:
    """Reads the flags and serves until a signal."""
    try:
        import fastapi  # noqa: F401
        import prometheus_client  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise DeepFillError(f"{error.name} is missing: {install_command('serve')}") from error
    require_checkpoint_files(FLAGS.checkpoint_dir)
    if not is_onnx(FLAGS.checkpoint_dir):
        require_tensorflow()
    from deepfill.inpainting import Inpainter
    from deepfill.inpainting.memory import available_memory
    from deepfill.serving import Limits, serve
    from deepfill.serving.limits import pixels_that_fit

    memory = FLAGS.attention_memory and FLAGS.attention_memory * 2**20
    make = functools.partial(Inpainter, FLAGS.checkpoint_dir, FLAGS.precision, FLAGS.average, attention_memory=memory)
    limits = Limits(FLAGS.queue, FLAGS.max_megabytes * 2**20, FLAGS.max_pixels or pixels_that_fit(available_memory()))
    root = f"/{FLAGS.root_path.strip('/')}" if FLAGS.root_path.strip("/") else ""
    serve(make, FLAGS.host, FLAGS.port, limits, FLAGS.allow_origin, FLAGS.allow_host, root, FLAGS.log_json)
    return 0
