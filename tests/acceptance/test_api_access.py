"""Who may use the API, and how much."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.api.limits import Allowance, Allowances, Rates
from tests.acceptance.api_app import AUTHORIZATION, Api, open_api

WRONG = {"Authorization": "Bearer guess"}


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer guess", "Basic YTpi", "a-token-for-tests-only", "Bearer \xff\xfe"],
)
async def test_without_the_admin_token_nothing_is_shown(tmp_path: Path, header: str) -> None:
    async with open_api(tmp_path) as api:
        sent = {b"Authorization": header.encode("latin-1")}
        response = await api.client.get("/sessions", headers=sent)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="denrei"'


async def test_the_scheme_is_known_in_any_case(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        sent = {"Authorization": AUTHORIZATION["Authorization"].replace("Bearer", "bearer")}
        response = await api.client.get("/sessions", headers=sent)

    assert response.status_code == 200


async def test_without_a_configured_token_the_api_is_off_and_says_how_to_turn_it_on(
    tmp_path: Path,
) -> None:
    async with open_api(tmp_path, token=None) as api:
        response = await api.client.get("/sessions", headers={"Authorization": "Bearer "})

    assert response.status_code == 403
    assert "DENREI_ADMIN_TOKEN" in response.json()["detail"]


async def test_a_wrong_token_is_refused_before_its_body_is_looked_at(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        response = await api.client.post("/sessions", content=b"not json", headers=WRONG)

    assert response.status_code == 401


async def test_reads_and_writes_are_counted_apart(tmp_path: Path) -> None:
    async with open_api(tmp_path, rates=Rates(reads="2/hour", writes="1/hour")) as api:
        started = [(await api.client.post("/sessions", json={})).status_code for _ in range(2)]
        listed = [(await api.client.get("/sessions")).status_code for _ in range(3)]

    assert (started, listed) == ([201, 429], [200, 200, 429])


async def test_every_answer_tells_what_is_left_and_a_refusal_when_to_come_back(
    tmp_path: Path,
) -> None:
    async with open_api(tmp_path, rates=Rates(reads="2/hour")) as api:
        answers = [await api.client.get("/sessions") for _ in range(3)]

    assert [one.headers["ratelimit-limit"] for one in answers] == ["2", "2", "2"]
    assert [one.headers["ratelimit-remaining"] for one in answers] == ["1", "0", "0"]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 3600


async def test_whoever_guesses_tokens_is_shut_out_even_with_the_right_one(tmp_path: Path) -> None:
    async with open_api(tmp_path, rates=Rates(wrong_tokens="2/hour")) as api:
        guesses = [await api.client.get("/sessions", headers=WRONG) for _ in range(3)]
        right = await api.client.get("/sessions")

    assert [one.status_code for one in guesses] == [401, 401, 429]
    assert right.status_code == 429


async def test_right_tokens_never_count_as_guesses(tmp_path: Path) -> None:
    async with open_api(tmp_path, rates=Rates(wrong_tokens="1/hour")) as api:
        statuses = [(await api.client.get("/sessions")).status_code for _ in range(3)]

    assert statuses == [200, 200, 200]


async def test_the_document_needs_no_token_and_is_limited_by_address(tmp_path: Path) -> None:
    async with open_api(tmp_path, rates=Rates(reads="1/hour")) as api:
        first, second = [await _describe(api) for _ in range(2)]
        listed = (await api.client.get("/sessions")).status_code

    assert (first, second, listed) == (200, 429, 200)


async def test_without_redis_the_limits_are_kept_in_memory(tmp_path: Path) -> None:
    nowhere = f"unix://{tmp_path}/no.sock"
    async with open_api(tmp_path, rates=Rates(reads="2/hour"), storage_uri=nowhere) as api:
        statuses = [(await api.client.get("/sessions")).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


async def test_a_rate_that_cannot_be_read_lets_nobody_through() -> None:
    allowances = Allowances(Rates(reads="a lot"))

    with pytest.raises(ValueError, match="couldn't parse"):
        await allowances.spend(Allowance.READS, caller="anyone")


async def _describe(api: Api) -> int:
    return (await api.client.get("/openapi.json", headers={"Authorization": ""})).status_code
