"""PEN-Net (Zeng et al., "Learning Pyramid-Context Encoder Network for High-Quality Image Inpainting", CVPR 2019)."""
