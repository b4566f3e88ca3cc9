"""GLCIC (Iizuka et al., "Globally and Locally Consistent Image Completion", SIGGRAPH 2017)."""
