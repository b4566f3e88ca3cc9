"""`python -m deepfill`: the command, also where the folder of installed programs is not on the path."""

from deepfill.cli.main import run

if __name__ == "__main__":
    run()
