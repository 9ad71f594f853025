"""Responses made of the models."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel
from starlette.responses import Response


def json_answer(
    view: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(
        view.model_dump_json(), status_code=status, headers=headers, media_type="application/json"
    )
