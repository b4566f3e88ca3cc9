"""Trained generators as files that complete pictures without DeepFill: SavedModel, TensorFlow Lite, ONNX, web site."""

from deepfill.export.onnx import export_onnx
from deepfill.export.saved_model import Written, export_saved_model
from deepfill.export.tflite import export_tflite
from deepfill.export.web import export_web

__all__ = ["Written", "export_onnx", "export_saved_model", "export_tflite", "export_web"]
