"""Runs TensorFlow without graphs: to trace a step takes as long as a dozen of them do at the widths of tests."""

import contextlib
import warnings

import tensorflow as tf


@contextlib.contextmanager
def eagerly():
    """Lets operations run one by one within the context."""
    tf.config.run_functions_eagerly(True)
    try:
        with warnings.catch_warnings():
            # Of the pipeline of batches, which is a graph all the same.
            warnings.filterwarnings("ignore", "Even though the `tf.config.experimental_run_functions_eagerly`")
            yield
    finally:
        tf.config.run_functions_eagerly(False)
