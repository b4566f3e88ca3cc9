"""The systems beside DeepFill v2, at widths that tests can afford."""

TINY = {
    "deepfill_v1": [
        *("model.width=4", "model.discriminator_width=4", "model.size=64", "model.local_size=32", "data.size=64"),
        *("masks.rectangle={}", "training.discriminator_steps=2"),
    ],
    "context_encoder": [
        *("model.width=4", "model.bottleneck=8", "model.discriminator_width=4"),
        "masks.rectangle={height: 40, width: 40}",
    ],
    "partial_convolution": [
        *("model.width=4", "data.size=256", "losses.perceptual=0", "losses.style=0"),
        "training.phases=[{steps: 2}, {learning_rate: 5e-5, frozen: true}]",
    ],
    "glcic": [
        *("model.width=4", "model.discriminator_width=4", "model.discriminator_features=8", "model.size=64"),
        *("model.local_size=32", "data.size=64", "data.shorter_side=[64, 96]", "masks.rectangle={}"),
        "training.phases=[{steps: 1, learn: [generator]}, {steps: 1, learn: [discriminator]}]",
    ],
    "pen_net": ["model.width=8", "model.discriminator_width=4", "data.size=64"],
}
"""Overrides of each system's file in configs/, by its name."""
