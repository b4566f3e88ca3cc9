"""Trains a model: python train.py --config=configs/photos.yml --set=data.images=FOLDER."""

from deepfill.cli.main import run_command

if __name__ == "__main__":
    run_command("train")
