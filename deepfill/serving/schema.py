"""What `/openapi.json` and `/docs` say of the routes."""

from typing import Any

import pydantic

from deepfill.defaults import DETAIL, MASK_SOURCES, STRATEGIES
from deepfill.serving.options import FORMATS

ABOUT = (
    "Completes the holes of pictures. Only the hole changes: files are those that `deepfill inpaint` writes. "
    'Errors are JSON, `{"error": "one sentence"}`.'
)


class JobState(pydantic.BaseModel):
    """A job: unknown (not started, or finished), receiving, waiting, running or sending.

    `ahead` jobs run before it; it has run for `seconds`; of a large picture, `done` windows out of `of` are finished.
    """

    state: str
    ahead: int
    seconds: float
    done: int
    of: int


class Health(pydantic.BaseModel):
    """The server's state and limits; `guided`: whether its model follows sketches; `detail`: the default."""

    status: str
    version: str
    guided: bool
    formats: tuple[str, ...]
    strategies: tuple[str, ...]
    detail: float
    running: bool
    waiting: int
    queue: int
    max_bytes: int
    max_pixels: int


class Probe(pydantic.BaseModel):
    """The answer to a probe."""

    status: str


STOPPING: dict[int | str, dict[str, Any]] = {503: {"description": "The server is stopping"}}

_ERRORS = {
    400: "Damaged, missing or mismatched files, or a setting with an impossible value",
    403: "A name that is not the server's, or a page of another origin",
    408: "The request comes too slowly",
    413: "More bytes or pixels than the server accepts",
    415: "Not a form, or not a picture of a supported kind",
    429: "Too many requests wait; Retry-After says when to try again",
    500: "The server failed; its log says why",
    503: "The server is stopping",
    507: "The server cannot store the upload: its disk is full, for example",
}
_ERROR = {"error": {"type": "string"}, "id": {"type": "string", "description": "Of the request, as in the log"}}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {"application/json": {"schema": {"type": "object", "properties": _ERROR}}},
    }
    for status, description in _ERRORS.items()
}
_BINARY = {"type": "string", "format": "binary"}
_PICTURE = {"description": "The completed picture", "content": {"image/*": {"schema": _BINARY}}}

_OUTPUT: dict[str, Any] = {
    "format": {"type": "string", "enum": list(FORMATS), "default": "png"},
    "quality": {"type": "integer", "minimum": 1, "maximum": 100, "description": "Of JPEG and WebP"},
}

_EXPAND = {
    "type": "string",
    "description": "TOP,RIGHT,BOTTOM,LEFT: pixels by which the picture is extended; the border joins the hole",
}


def _route(
    summary: str,
    properties: dict[str, Any],
    required: list[str],
    description: str | None = None,
    kind: str = "multipart/form-data",
) -> dict[str, Any]:
    content = {kind: {"schema": {"type": "object", "properties": properties, "required": required}}}
    return {
        "summary": summary,
        "description": description,
        "responses": {200: _PICTURE, **_RESPONSES},
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }


COMPLETE = _route(
    "Complete a picture",
    {
        "image": {**_BINARY, "description": "JPEG, PNG, WebP, BMP, TIFF, GIF, HEIC or AVIF"},
        "mask": {**_BINARY, "description": "Marks the hole, in white; if omitted, transparent pixels are the hole"},
        "sketch": {**_BINARY, "description": "White lines to follow in the hole, if the model is guided"},
        "sources": {**_BINARY, "description": "Where patches may come from, in white; if omitted, anywhere"},
        **_OUTPUT,
        "strategy": {"type": "string", "enum": list(STRATEGIES), "default": "auto"},
        "detail": {"type": "number", "minimum": 0, "maximum": 1, "default": DETAIL},
        "patches": {
            "type": "boolean",
            "default": True,
            "description": "Complete thick holes with patches of the photograph",
        },
        "seed": {"type": "integer", "minimum": 0, "default": 0, "description": "Of the search for patches"},
        "variation": {
            "type": "integer",
            "minimum": 1,
            "default": 1,
            "description": "Which completion of thick holes to return; for several, send several requests",
        },
        "mask_from": {"type": "string", "enum": list(MASK_SOURCES), "default": "auto"},
        "mask_threshold": {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0.5},
        "invert_mask": {"type": "boolean", "default": False},
        "resize_mask": {"type": "boolean", "default": False},
        "grow_mask": {"type": "integer", "default": 0, "description": "Pixels; negative, holes shrink"},
        "expand": _EXPAND,
    },
    ["image"],
    "Returns the file that `deepfill inpaint` would write. Name the job to ask for its state.",
)
SAVE = _route(
    "Write a completed picture like its original",
    {"image": {**_BINARY, "description": "The original"}, "completed": _BINARY, **_OUTPUT, "expand": _EXPAND},
    ["image", "completed"],
    "`completed` has the pixels, upright and lossless; all else comes from `image`, the original.",
)
UPRIGHT = _route("A picture as displayed, for browsers that cannot show it", {"image": _BINARY}, ["image"])
CHECK = _route("Whether a file would be accepted, by its header", {"image": _BINARY}, ["image"])
CHECK["responses"] = {204: {"description": "It would"}, **_RESPONSES}
SELECT = _route(
    "The object that strokes touch, as a mask",
    {
        "image": _BINARY,
        "inside": {**_BINARY, "description": "White strokes over the object"},
        "outside": {**_BINARY, "description": "White strokes over what does not belong to it; may be black"},
    },
    ["image", "inside", "outside"],
    "For the editor. Returns a PNG, white where the object is; takes up to a megapixel.",
)
IOPAINT = _route(
    "Complete a picture, for programs written for IOPaint",
    {
        "image": {"type": "string", "description": "A picture file in base64; may begin with data:…,"},
        "mask": {"type": "string", "description": "Likewise; pixels brighter than 50 % mark the hole"},
    },
    ["image", "mask"],
    "Takes IOPaint's JSON and returns an upright PNG. Other fields are accepted and ignored.",
    kind="application/json",
)
