"""The OpenAPI document says what the routes do, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from bot.api import problem_kinds as kinds
from bot.api.limits import Allowances
from bot.api.resource import Resource
from bot.api.routes import api_routes, document
from tests.acceptance.api_app import open_api

METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "trace"}


async def test_the_document_is_served_as_it_was_made(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        response = await api.client.get("/openapi.json")

    assert response.json() == document()
    assert response.json()["openapi"].startswith("3.1")


def test_the_document_has_just_the_routes_there_are() -> None:
    served = set()
    for route in api_routes(admin_token=None, allowances=Allowances()):
        assert isinstance(route.app, Resource)
        served |= {(route.path, method.lower()) for method in route.app.operations}

    described = {(path, method) for path, item in document()["paths"].items() for method in item}
    assert described == served
    assert {method for _, method in described} <= METHODS


def test_every_reference_leads_somewhere() -> None:
    references = {
        value for name, value in members(document()) if name == "$ref" and isinstance(value, str)
    }

    assert references
    for reference in references:
        found: Any = document()
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def test_every_schema_is_a_sound_one_and_every_example_fits_it() -> None:
    schemas = document()["components"]["schemas"]

    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
        for field in schema.get("properties", {}).values():
            for example in field.get("examples", ()):
                Draft202012Validator({**document(), **field}).validate(example)


def test_every_problem_is_described_where_its_type_points() -> None:
    responses = document()["components"]["responses"]

    assert set(responses) == {kind.name for kind in kinds.ALL}
    for kind in kinds.ALL:
        example = responses[kind.name]["content"]["application/problem+json"]["example"]
        assert example["type"] == f"/openapi.json#/components/responses/{kind.name}"


def test_operation_ids_are_unique_and_parameters_in_paths_are_described() -> None:
    ids = []
    for path, item in document()["paths"].items():
        for operation in item.values():
            ids.append(operation["operationId"])
            in_path = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert in_path == set(re.findall(r"\{(\w+)\}", path))

    assert len(ids) == len(set(ids))


def test_headers_of_ours_are_described_where_they_are_taken() -> None:
    ask = document()["paths"]["/sessions/{session}/messages"]["post"]
    follow = document()["paths"]["/sessions/{session}/events"]["get"]

    assert "Idempotency-Key" in names(ask, "header")
    assert "Last-Event-ID" in names(follow, "header")
    assert names(follow, "query") == ["follow"]


def test_an_answer_of_another_shape_does_not_fit_its_schema() -> None:
    """What the other tests' client relies on to notice drift."""
    page = Draft202012Validator({**document(), "$ref": "#/components/schemas/SessionPage"})

    assert page.is_valid({"items": [], "next": None})
    assert not page.is_valid({"items": []})
    assert not page.is_valid({"items": [{"id": 1}], "next": None})


def test_what_is_refused_by_shape_is_refused_by_the_schema_too() -> None:
    session = Draft202012Validator({**document(), "$ref": "#/components/schemas/NewSession"})

    assert session.is_valid({"agent": "claude", "name": "parser", "prompt": "go"})
    for wrong in ({"name": "two\nlines"}, {"name": "x" * 41}, {"prompt": ""}, {"other": 1}):
        assert not session.is_valid(wrong)


def test_the_document_is_plain_json() -> None:
    assert json.loads(json.dumps(document())) == document()


def names(operation: dict[str, Any], place: str) -> list[str]:
    return [one["name"] for one in operation["parameters"] if one["in"] == place]


def members(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield name, member
            yield from members(member)
    elif isinstance(value, list):
        for member in value:
            yield from members(member)
