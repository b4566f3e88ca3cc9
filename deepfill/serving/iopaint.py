"""What IOPaint's own page asks besides a picture: answered as a server with one model and no plugins answers."""

from typing import Annotated, Any

from fastapi import Body, FastAPI
from starlette.exceptions import HTTPException

_NAME = "deepfill"
_ABILITIES = ("strength", "outpainting", "lcm_lora", "controlnet", "brushnet", "powerpaint_v2")
_PLUGINS = ("removeBGModel", "realesrganModel", "interactiveSegModel")

# As IOPaint describes those that erase, without prompts, such as LaMa.
MODEL: dict[str, Any] = {
    "name": _NAME,
    "path": _NAME,
    "model_type": "inpaint",
    "is_single_file_diffusers": False,
    "need_prompt": False,
    "controlnets": [],
    "brushnets": [],
    **{f"support_{ability}": False for ability in _ABILITIES},
}
# All that the server does not have is empty or off.
SETTINGS: dict[str, Any] = {
    "plugins": [],
    "modelInfos": [MODEL],
    "disableModelSwitch": True,
    "controlnetMethod": None,
    "samplers": [],
    "enableFileManager": False,
    "enableAutoSaving": False,
    "enableControlnet": False,
    "isDesktop": False,
    **dict.fromkeys(_PLUGINS, ""),
    **{f"{plugin}s": [] for plugin in _PLUGINS},
}


def add_iopaint_routes(app: FastAPI) -> None:
    """Adds them to an application."""

    @app.get("/api/v1/server-config", include_in_schema=False)
    async def server_config() -> dict[str, Any]:
        return SETTINGS

    @app.get("/api/v1/model", include_in_schema=False)
    async def model() -> dict[str, Any]:
        return MODEL

    @app.post("/api/v1/model", include_in_schema=False)
    async def switch(name: Annotated[str, Body(embed=True)]) -> dict[str, Any]:
        if name != _NAME:
            raise HTTPException(404, f"name: expected {_NAME}, the only model here, got {name[:60]}")
        return MODEL

    @app.api_route("/api/v1/samplers", methods=["GET", "POST"], include_in_schema=False)
    async def samplers() -> list[str]:
        return []
