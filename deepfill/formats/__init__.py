"""Files of weights that others wrote, read as plain arrays, and which files make a checkpoint."""
