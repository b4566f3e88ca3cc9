import numpy as np

from deepfill.data import Samples, open_pictures
from deepfill.training.validation import Validation


def test_pictures_are_shown_one_by_one(settings, monkeypatch):
    options = settings(validation={"pictures": 3})
    sizes = []

    def show(batch, generator):
        sizes.append(len(batch["image"]))
        return {"input": batch["image"].numpy()}

    monkeypatch.setattr("deepfill.training.validation.pictures_to_show", show)
    samples = Samples(open_pictures(options.data), options.data, options.masks, seed=0, guided=False)
    shown = Validation(options, samples).pictures(None)["input"]
    assert sizes == [1, 1, 1] and shown.shape == (3, 32, 32, 3)
    assert not np.array_equal(shown[0], shown[1])
