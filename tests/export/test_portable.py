"""The graph for other runtimes completes as the checkpoint does."""

import numpy as np
import pytest
import tensorflow as tf

from deepfill.errors import DeepFillError
from deepfill.export import portable
from deepfill.systems.base import InputSize
from deepfill.systems.deepfill_v2.generator import Generator
from deepfill.weights.checkpoints import load_generator
from tests.making.exports import hole, require_close
from tests.making.pictures import picture


@pytest.mark.parametrize(("given", "size"), [((21, 26), (21, 26)), ((3, 2), (3, 2)), (None, (21, 26))])
def test_it_completes_as_the_inpainter_does(plain, inpainter, given, size):
    complete = portable.completing(load_generator(plain)[0], given)
    image, mask = picture(*size), hole(*size)
    for grey in (mask, mask * 255, np.where(mask, np.uint8(128), np.uint8(127))):
        completed = complete(tf.constant(image[None]), tf.constant(grey[None, ..., None]))["completed"]
        require_close(completed.numpy()[0], inpainter(image, mask), image, mask)


@pytest.mark.newest
def test_a_guided_one_follows_the_sketch(guided, guided_inpainter):
    complete = portable.completing(load_generator(guided)[0], (21, 26))
    image, mask, lines = picture(21, 26), hole(21, 26), np.zeros([21, 26], np.uint8)
    lines[:, 10:20] = 255
    planes = [tf.constant(plane[None, ..., None]) for plane in (mask, lines)]
    completed = complete(tf.constant(image[None]), *planes)["completed"].numpy()[0]
    require_close(completed, guided_inpainter(image, mask, lines // 255), image, mask)
    assert np.abs(completed.astype(int) - guided_inpainter(image, mask)).max() > 1


@pytest.mark.parametrize("size", [(16, 24), None])
def test_nothing_of_a_loop_is_in_the_graph(plain, size):
    graph = portable.completing(load_generator(plain)[0], size).get_concrete_function().graph.as_graph_def()
    used = {node.op for node in graph.node} | {node.op for part in graph.library.function for node in part.node_def}
    assert not used & {"While", "StatelessWhile", "If", "StatelessIf", "TensorListReserve", "Where"}


def test_a_size_that_a_system_does_not_take_is_named():
    generator = Generator(4)
    generator.input_size = InputSize(8, 128)
    with pytest.raises(DeepFillError, match=r"size: expected 128x128, .*, got 128x136"):
        portable.completing(generator, (128, 136))


def test_a_size_whose_scores_no_runtime_holds_is_named():
    with pytest.raises(DeepFillError, match=r"size: expected at most 1\.5 megapixels, .*, got 1088x1920"):
        portable.completing(Generator(4), (1088, 1920))
