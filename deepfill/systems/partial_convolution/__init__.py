"""Partial convolutions (Liu et al., "Image Inpainting for Irregular Holes Using Partial Convolutions", ECCV 2018)."""
