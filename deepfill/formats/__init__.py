"""Files of weights that other programs wrote, read as plain arrays, and which files make up a checkpoint."""
