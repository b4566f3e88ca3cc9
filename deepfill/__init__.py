"""DeepFill v2 (Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019) for TensorFlow and Keras."""

__version__ = "0.1.0"
