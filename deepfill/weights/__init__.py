"""Our checkpoints, written and read, and the one door through which any weights are loaded."""
