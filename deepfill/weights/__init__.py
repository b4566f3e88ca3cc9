"""Our checkpoints, and the one place where weights of any kind are loaded."""
