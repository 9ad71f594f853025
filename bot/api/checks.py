"""From bytes, query and headers to values of the models, or a problem that names what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from bot.api import problem_kinds as kinds
from bot.api.problems import ProblemError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

BODY_LIMIT = 256 * 1024
#: The type of a validation error that says "too much" rather than "wrong".
TOO_LARGE = "too_large"
#: A hostile body may be wrong in very many places.
MAX_ERRORS = 10

ModelT = TypeVar("ModelT", bound=BaseModel)


async def checked_body(request: Request[Any], model: type[ModelT]) -> ModelT:
    if not model.model_fields:
        # Stopping a session takes no body; one that is sent is not even read.
        return model()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ProblemError(kinds.NOT_JSON, "The body must be application/json.")
    raw = await _read(request)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _problem(error, _in_body) from None


def checked_query(request: Request[Any], model: type[ModelT]) -> ModelT:
    try:
        return model.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise _problem(error, _in_query) from None


def checked_headers(request: Request[Any], model: type[ModelT]) -> ModelT:
    """Only the headers that the model names; others belong to HTTP."""
    names = [field.alias for field in model.model_fields.values() if field.alias]
    given: Mapping[str, str] = {
        name: request.headers[name] for name in names if name in request.headers
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _problem(error, _in_headers) from None


async def _read(request: Request[Any]) -> bytes:
    """The body, never holding more of it than the limit and one chunk."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise ProblemError(kinds.TOO_LARGE, f"The body is over {BODY_LIMIT} bytes.")
    return bytes(body)


def _problem(
    error: ValidationError, place: Callable[[tuple[str, ...]], dict[str, str]]
) -> ProblemError:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    first = details[0]
    if first["type"] == "json_invalid":
        return ProblemError(kinds.MALFORMED, first["msg"])
    errors = [{"detail": found["msg"], **place(_names(found))} for found in details[:MAX_ERRORS]]
    kind = kinds.TOO_LARGE if _is_too_large(details) else kinds.INVALID
    where = ".".join(_names(first)) or "body"
    return ProblemError(kind, f"{where}: {first['msg']}", errors=errors)


def _is_too_large(details: list[ErrorDetails]) -> bool:
    return all(found["type"] == TOO_LARGE for found in details)


def _names(found: ErrorDetails) -> tuple[str, ...]:
    return tuple(str(part) for part in found["loc"])


def _in_body(names: tuple[str, ...]) -> dict[str, str]:
    escaped = [name.replace("~", "~0").replace("/", "~1") for name in names]
    return {"pointer": "".join(["#", *(f"/{name}" for name in escaped)])}


def _in_query(names: tuple[str, ...]) -> dict[str, str]:
    return {"parameter": ".".join(names)}


def _in_headers(names: tuple[str, ...]) -> dict[str, str]:
    return {"header": ".".join(names)}
