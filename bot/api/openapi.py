"""The OpenAPI 3.1 document, made from the same operations that the routes are made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.api import problem_kinds as kinds
from bot.api.operation import AnyOperation
from bot.api.problem_kinds import Kind
from bot.api.problems import MEDIA_TYPE
from bot.api.views import EventView, ProblemView
from orchestrator_core.model import JsonObject

Mode = Literal["validation", "serialization"]
#: Of the interface, not of the product: grows when callers must change something.
API_VERSION = "1.0.0"
LIMIT_HEADERS = {
    "RateLimit-Limit": "Requests allowed in a window.",
    "RateLimit-Remaining": "Requests left in this one.",
    "RateLimit-Reset": "Seconds until it ends.",
}
SESSION_PARAMETER = {
    "name": "session",
    "in": "path",
    "required": True,
    "description": "The session's id, at least four characters of its beginning, or its number.",
    "schema": {"type": "string", "pattern": "^[0-9A-Za-z_-]{1,64}$"},
    "examples": {"number": {"value": "3"}, "shortId": {"value": "9f3c1a"}},
}


def _id_parameter(what: str, example: int) -> JsonObject:
    return {
        "name": what,
        "in": "path",
        "required": True,
        "description": f"The {what}'s id.",
        "schema": {"type": "integer", "minimum": 1},
        "examples": {"id": {"value": example}},
    }


TURN_PARAMETER = _id_parameter("turn", 12)
APPROVAL_PARAMETER = _id_parameter("approval", 12)
GRANT_PARAMETER = _id_parameter("grant", 3)
DELIVERY_PARAMETER = _id_parameter("delivery", 57)
SCHEDULE_PARAMETER = _id_parameter("schedule", 3)
PERSON_PARAMETER = {
    "name": "person",
    "in": "path",
    "required": True,
    "description": "The person's id, at least nine characters of its beginning, or their name.",
    "schema": {"type": "string", "minLength": 1},
    "examples": {"id": {"value": "U" + "1" * 32}},
}
CODE_PARAMETER = {
    "name": "code",
    "in": "path",
    "required": True,
    "description": "As they were given it, in any case, with or without the hyphen.",
    "schema": {"type": "string", "minLength": 1},
    "examples": {"code": {"value": "ABCD-EFGH"}},
}
_IN_PATHS = (
    SESSION_PARAMETER,
    TURN_PARAMETER,
    DELIVERY_PARAMETER,
    APPROVAL_PARAMETER,
    SCHEDULE_PARAMETER,
    GRANT_PARAMETER,
    PERSON_PARAMETER,
    CODE_PARAMETER,
)


def openapi_document(operations: Sequence[AnyOperation]) -> JsonObject:
    paths: dict[str, JsonObject] = {}
    for operation in operations:
        path = paths.setdefault(operation.path, {})
        path[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Denrei",
            "version": API_VERSION,
            "description": "Command Claude Code sessions: start, ask, watch, stop.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"adminToken": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "adminToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The setting DENREI_ADMIN_TOKEN.",
                }
            },
            "schemas": _schemas(operations),
            "responses": {kind.name: _problem(kind) for kind in kinds.ALL},
        },
    }


def _operation(operation: AnyOperation) -> JsonObject:
    described: JsonObject = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": list(_parameters(operation)),
        "responses": {**_answers(operation), **_problems(operation)},
    }
    if operation.takes_body:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _reference(operation.body)}},
        }
    if not operation.needs_token:
        described["security"] = []
    return described


def _parameters(operation: AnyOperation) -> Iterator[JsonObject]:
    yield from (one for one in _IN_PATHS if f"{{{one['name']}}}" in operation.path)
    for model, place in ((operation.query, "query"), (operation.headers, "header")):
        schema = model.model_json_schema()
        for name, field in schema.get("properties", {}).items():
            yield {
                "name": name,
                "in": place,
                "required": name in schema.get("required", ()),
                "description": field.pop("description", ""),
                "schema": field,
            }


def _answers(operation: AnyOperation) -> JsonObject:
    answers: JsonObject = {}
    for status, answer in operation.answers.items():
        content: JsonObject = {"schema": _shape(answer.model, answer.media_type)}
        if answer.example is not None:
            content["example"] = answer.example
        answers[str(status)] = {
            "description": answer.description,
            "headers": _headers({**answer.headers, **LIMIT_HEADERS}),
            "content": {answer.media_type: content},
        }
    return answers


def _problems(operation: AnyOperation) -> JsonObject:
    return {
        str(kind.status): {"$ref": f"#/components/responses/{kind.name}"}
        for kind in operation.problems
    }


def _problem(kind: Kind) -> JsonObject:
    headers = {
        kinds.NO_TOKEN: {"WWW-Authenticate": "Always `Bearer`."},
        kinds.BAD_METHOD: {"Allow": "The methods there are."},
        kinds.TOO_MANY: {"Retry-After": "Seconds.", **LIMIT_HEADERS},
    }.get(kind, {})
    example = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": kind.advice,
    }
    return {
        "description": f"{kind.title}. {kind.advice}",
        "headers": _headers(headers),
        "content": {MEDIA_TYPE: {"schema": _reference(ProblemView), "example": example}},
    }


def _headers(meanings: dict[str, str]) -> JsonObject:
    return {
        name: {"description": meaning, "schema": {"type": _header_type(name)}}
        for name, meaning in meanings.items()
    }


def _header_type(name: str) -> str:
    return "integer" if name in LIMIT_HEADERS or name == "Retry-After" else "string"


def _shape(model: type[BaseModel] | None, media_type: str) -> JsonObject:
    if model is not None:
        return _reference(model)
    return {"type": "object" if media_type == "application/json" else "string"}


def _reference(model: type[BaseModel]) -> JsonObject:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _schemas(operations: Sequence[AnyOperation]) -> dict[str, Any]:
    # What is sent may leave out what has a default; what is shown never does.
    modes: dict[type[BaseModel], Mode] = {ProblemView: "validation", EventView: "serialization"}
    for operation in operations:
        if operation.takes_body:
            modes[operation.body] = "validation"
        shown = (answer.model for answer in operation.answers.values() if answer.model)
        modes.update(dict.fromkeys(shown, "serialization"))
    _, schema = models_json_schema(
        list(modes.items()), ref_template="#/components/schemas/{model}"
    )
    definitions: dict[str, Any] = schema["$defs"]
    return definitions
