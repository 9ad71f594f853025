"""The webhook tells a forger nothing: neither by its answer nor by what it does first."""

from __future__ import annotations

import ast
import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from bot.api.limits import Allowances
from bot.line.signature import HEADER, signature_of, verify
from bot.line.unsigned import UnsignedCalls
from bot.line.webhook import WEBHOOK_PATH, LineWebhook
from tests.acceptance.test_webhook import SECRET, Behind
from tests.security.test_unsigned_floods import webhook

ROOT = Path(__file__).parents[2]
BODY = b'{"destination": "Ubot", "events": []}'
RIGHT = signature_of(BODY, SECRET)
WRONG = [
    "",
    " ",
    "=",
    RIGHT[:-1],
    RIGHT + "=",
    RIGHT.lower(),
    ("B" if RIGHT[0] == "A" else "A") + RIGHT[1:],
    RIGHT[:-2] + ("B" if RIGHT[-2] == "A" else "A") + RIGHT[-1],
    RIGHT[::-1],
    signature_of(BODY, b"another secret"),
    signature_of(BODY + b" ", SECRET),
    signature_of(b"", SECRET),
    base64.b64encode(bytes(32)).decode(),
    "A" * 5000,
    "é" * 44,
    "sha256=" + RIGHT,
]


async def test_every_wrong_signature_gets_the_very_same_answer() -> None:
    behind = Behind()
    async with webhook(behind, UnsignedCalls(Allowances())) as client:
        answers = [await client.post(WEBHOOK_PATH, content=BODY)]
        for given in WRONG:
            headers = [(HEADER.encode(), given.encode("latin-1"))]
            answers.append(await client.post(WEBHOOK_PATH, content=BODY, headers=headers))

    assert {(one.status_code, one.content, str(one.headers)) for one in answers} == {
        (401, answers[0].content, str(answers[0].headers))
    }
    assert (behind.stored, behind.done) == ([], [])


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"events": 1}'])
async def test_what_the_body_holds_is_not_looked_at_before_its_signature(body: bytes) -> None:
    """A body that cannot be read gets the answer of one that can."""
    async with webhook(Behind(), UnsignedCalls(Allowances())) as client:
        headers = {HEADER: signature_of(body, b"another secret")}
        answer = await client.post(WEBHOOK_PATH, content=body, headers=headers)

    assert answer.status_code == 401


async def test_without_a_signature_the_body_is_not_even_read() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("somebody reads the body")

    async def send(message: Message) -> None:
        sent.append(message)

    behind = Behind()
    scope = {
        "type": "http",
        "method": "POST",
        "path": WEBHOOK_PATH,
        "headers": [(b"content-length", b"10")],
        "client": ("192.0.2.1", 1),
        "state": {"channel_secret": SECRET, "metrics": behind.metrics},
    }
    await LineWebhook()(scope, receive, send)

    assert sent[0]["status"] == 401


def test_the_signature_is_looked_at_whole_however_early_it_is_wrong() -> None:
    assert verify(BODY, RIGHT, SECRET)
    assert not any(verify(BODY, given, SECRET) for given in WRONG)
    assert not verify(BODY, None, SECRET)


def compared(path: Path) -> Iterator[str]:
    """The names of all that is compared with `==` or `in`, and of all that is called."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare):
            sides = (node.left, *node.comparators)
            yield from (f"== {ast.unparse(side)}" for side in sides)
        elif isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@pytest.mark.parametrize(
    ("file", "secret"),
    [
        ("bot/line/signature.py", "signature_of"),
        ("bot/line/postbacks.py", "mark"),
        ("bot/api/access.py", "expected"),
        ("bot/signed_links.py", "mark"),
    ],
)
def test_what_proves_something_is_compared_in_constant_time(file: str, secret: str) -> None:
    found = [*compared(ROOT / file)]

    assert "hmac.compare_digest" in found
    assert [one for one in found if one.startswith("==") and secret in one] == []


async def test_a_signed_body_that_is_no_json_is_the_first_that_is_told_so() -> None:
    async with webhook(Behind(), UnsignedCalls(Allowances())) as client:
        answer: httpx.Response = await client.post(
            WEBHOOK_PATH, content=b"{", headers={HEADER: signature_of(b"{", SECRET)}
        )

    assert answer.status_code == 400
