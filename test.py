"""Completes pictures: python test.py --image=a.jpg --mask=m.png --output=o.png --checkpoint_dir=FOLDER."""

from deepfill.cli.main import run_command

if __name__ == "__main__":
    run_command("inpaint")
