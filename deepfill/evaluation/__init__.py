"""Measures of completed pictures, and systems compared with each other on equally many pictures and the same holes.

Nothing is imported here, so that plans are checked before TensorFlow loads.
"""
