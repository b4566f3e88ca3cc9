"""What training minimises and evaluation measures: losses, metrics, and the pretrained networks behind both."""
