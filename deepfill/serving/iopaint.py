"""What IOPaint's own page asks besides a picture: answered as a server with one model and no plugins answers."""

from typing import Annotated

import pydantic
from fastapi import Body, FastAPI
from starlette.exceptions import HTTPException

_NAME = "deepfill"


class Model(pydantic.BaseModel):
    """The model, as IOPaint describes those that erase, without prompts, such as LaMa."""

    name: str = _NAME
    path: str = _NAME
    model_type: str = "inpaint"
    is_single_file_diffusers: bool = False
    need_prompt: bool = False
    controlnets: tuple[str, ...] = ()
    brushnets: tuple[str, ...] = ()
    support_strength: bool = False
    support_outpainting: bool = False
    support_lcm_lora: bool = False
    support_controlnet: bool = False
    support_brushnet: bool = False
    support_powerpaint_v2: bool = False


class ServerConfig(pydantic.BaseModel):
    """IOPaint's settings; all that the server does not have is empty or off."""

    plugins: tuple[str, ...] = ()
    modelInfos: tuple[Model, ...] = (Model(),)
    removeBGModel: str = ""
    removeBGModels: tuple[str, ...] = ()
    realesrganModel: str = ""
    realesrganModels: tuple[str, ...] = ()
    interactiveSegModel: str = ""
    interactiveSegModels: tuple[str, ...] = ()
    enableFileManager: bool = False
    enableAutoSaving: bool = False
    enableControlnet: bool = False
    controlnetMethod: str | None = None
    disableModelSwitch: bool = True
    isDesktop: bool = False
    samplers: tuple[str, ...] = ()


def add_iopaint_routes(app: FastAPI) -> None:
    """Adds them to an application."""

    @app.get("/api/v1/server-config", include_in_schema=False)
    async def server_config() -> ServerConfig:
        return ServerConfig()

    @app.get("/api/v1/model", include_in_schema=False)
    async def model() -> Model:
        return Model()

    @app.post("/api/v1/model", include_in_schema=False)
    async def switch(name: Annotated[str, Body(embed=True)]) -> Model:
        if name != _NAME:
            raise HTTPException(404, f"name: expected {_NAME}, the only model here, got {name[:60]}")
        return Model()

    @app.api_route("/api/v1/samplers", methods=["GET", "POST"], include_in_schema=False)
    async def samplers() -> list[str]:
        return []
