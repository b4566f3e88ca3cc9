"""Systems compared with each other: trained on equally many pictures, measured on the same holes, shown side by side.

Nothing is imported here: a plan is checked before TensorFlow loads.
"""
