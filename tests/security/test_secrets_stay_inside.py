"""A secret that Claude or a person writes reaches no chat, stream, name or audit."""

from __future__ import annotations

import json

from bot.line.postbacks import Postbacks
from bot.line.rendering import LineRenderer
from orchestrator_core.desk import name_from
from orchestrator_core.interrupted import interrupted_card
from orchestrator_core.messages import Button, Card, Fact, Message, Say
from orchestrator_core.model import AuditAction, AuditEntry, EventKind, MessageRole, SessionMessage
from orchestrator_core.outbox import Outbox
from orchestrator_core.run_notes import last_line
from orchestrator_core.secret_shapes import MARK
from orchestrator_core.texts import texts_in
from tests.core import Core
from tests.people import at_home
from tests.secrets import secrets_that_say_what_they_are

SECRETS = secrets_that_say_what_they_are()
TOKEN = SECRETS["github"]


async def test_nothing_that_is_sent_holds_one() -> None:
    core = Core()
    person = await core.know()
    card = Card(
        title=TOKEN,
        summary=TOKEN,
        text=TOKEN,
        code=f"TOKEN={TOKEN}",
        facts=(Fact(label="f", value=TOKEN),),
        buttons=(Button(label=TOKEN, command="/help"),),
    )
    outbox = Outbox(renderer=LineRenderer(Postbacks(b"key")))
    said: list[Message] = [Say(text=f"The token is {TOKEN}."), card]
    async with core.store.transaction() as records:
        await outbox.put(records, said, to=at_home(person.id), now=core.clock.now())

    sent = json.dumps([one.messages for one in await core.deliveries()], ensure_ascii=False)
    assert TOKEN not in sent
    assert sent.count(MARK) >= 7


async def test_nothing_that_is_streamed_kept_as_said_or_audited_holds_one() -> None:
    core = Core()
    session = await core.session()
    now = core.clock.now()
    data = {"input": {"command": f"curl -H 'Authorization: Bearer {TOKEN}'"}}
    async with core.store.transaction() as records:
        await records.log.append(
            session_id=session.id,
            turn_id=None,
            kind=EventKind.TOOL_CALLED,
            data=data,
            now=now,
        )
        message = SessionMessage(
            session_id=session.id,
            turn_id=1,
            role=MessageRole.ANSWER,
            text=TOKEN,
            created_at=now,
        )
        await records.log.add_message(message)
        action = AuditAction.TOOL_ASKED
        entry = AuditEntry(actor="denrei", action=action, detail=data, created_at=now)
        await records.audit.add(entry)
        said = await records.log.messages(session.id)

    kept = [*await core.events(session.id), *said, *core.store.audit_entries]
    assert TOKEN not in str(kept)
    assert str(kept).count(MARK) == 3


async def test_what_claude_is_asked_is_what_was_written() -> None:
    """It may need the token; hiding it is for what others see."""
    core = Core()
    turn = await core.ask(await core.session(), f"log in with {TOKEN}")

    assert turn.prompt == f"log in with {TOKEN}"


async def test_where_a_text_is_cut_no_half_of_one_is_left() -> None:
    core = Core()
    session = await core.session()
    for secret in SECRETS.values():
        for before in ("use ", "x" * 25 + " ", "x" * 35 + " ", "x" * 90 + " "):
            turn = await core.ask(session, before + secret)
            card = interrupted_card(turn, session, texts_in((await core.know()).language))
            shown = [name_from(before + secret), last_line(before + secret), str(card.facts)]

            assert [one for one in shown if secret[12:24] in one or secret[:24] in one] == []


async def test_a_session_is_known_by_a_name_without_it() -> None:
    core = Core()
    session = await core.session()
    await core.ask(session, f"use {TOKEN} now")

    assert (await core.read_session(session.id)).name == f"use {MARK} now"
