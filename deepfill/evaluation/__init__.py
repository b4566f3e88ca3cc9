"""Measures of completed pictures, and systems compared with each other on equally many pictures and the same holes.

Nothing is imported here: what is to be compared is checked before TensorFlow loads.
"""
