"""An HTTP server that completes pictures, and the editor that it shows in a browser."""

from deepfill.serving.app import create_app
from deepfill.serving.limits import Limits
from deepfill.serving.server import serve

__all__ = ["Limits", "create_app", "serve"]
