"""`/schedule [when what | number | pause/resume/delete number | zone name]`: have a prompt asked
later, or again and again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from commands.grammar import fold
from commands.lookup import the_current
from commands.phrases import Phrase, read_phrase, zone_named
from commands.prompt import Prompting
from commands.registry import Call
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Card, Fact, Message, Say
from orchestrator_core.model import AuditAction, NewSchedule, Role, Schedule, ScheduleState
from orchestrator_core.schedules import MOST, ScheduleDesk, shown_time

#: As many as fit below a message.
_MOST_BUTTONS = 12
_SHOWN_CHARACTERS = 60
_LAST_ID = 2**63 - 1
_VERBS = {
    **dict.fromkeys(("pause", "停止", "一時停止"), "pause"),
    **dict.fromkeys(("resume", "再開"), "resume"),
    **dict.fromkeys(("delete", "cancel", "削除", "取消"), "delete"),
}
_ZONE = frozenset({"zone", "timezone", "タイムゾーン", "時間帯"})


@dataclass(frozen=True, slots=True)
class Schedules:
    desk: ScheduleDesk
    prompting: Prompting

    name: ClassVar[str] = "schedule"
    aliases: ClassVar[tuple[str, ...]] = ("予定", "schedules", "cron")

    async def run(self, call: Call) -> list[Message]:
        words = [fold(word) for word in call.argument.split()]
        match words:
            case []:
                return [await self._list(call)]
            case [reference] if _is_number(reference):
                return [await self._card(call, await self._the(call, reference))]
            case [verb, reference] if verb in _VERBS:
                return [await self._change(call, _VERBS[verb], reference)]
            case [reference, verb] if verb in _VERBS and _is_number(reference):
                return [await self._change(call, _VERBS[verb], reference)]
            case [zone, *_] if zone in _ZONE:
                return [await self._zone(call, *call.argument.split()[1:])]
        return [await self._make(call)]

    async def _make(self, call: Call) -> Card:
        # Read first: what cannot be read shall start no session.
        zone = self.desk.zone_of(call.person.zone)
        phrase = read_phrase(call.argument, now=call.now, zone=zone)
        if not phrase.prompt:
            raise PersonError("schedule.no_prompt", said=phrase.said)
        session = await the_current(call, self.prompting.desk)
        session = session or await self.prompting.start(call, agent=None)
        added = await self.desk.add(
            call.records, _new(call, phrase, session.id), actor=call.person.id
        )
        return await self._card(call, added)

    async def _change(self, call: Call, verb: str, reference: str) -> Card | Say:
        schedule = await self._the(call, reference)
        records, actor, now = call.records, call.person.id, call.now
        if verb == "pause":
            paused = await self.desk.pause(records, schedule, actor=actor, now=now)
            return await self._card(call, paused)
        if verb == "resume":
            resumed = await self.desk.resume(records, schedule, actor=actor, now=now)
            return await self._card(call, resumed)
        await self.desk.delete(records, schedule, actor=actor, now=now)
        text = call.say("schedule.deleted", said=schedule.said, prompt=_short(schedule.prompt))
        return Say(text=text, buttons=(_all(call),))

    async def _the(self, call: Call, reference: str) -> Schedule:
        """Locked. Raises PersonError for what is not there, or not theirs."""
        number = reference.removeprefix("#")
        if not _is_number(reference) or int(number) > _LAST_ID:
            raise PersonError("schedule.no_such", reference=reference, buttons=(_all(call),))
        found = await call.records.schedules.lock(int(number))
        theirs = found is not None and found.person_id == call.person.id
        if found is None or not (theirs or call.person.role is Role.OWNER):
            raise PersonError("schedule.no_such", reference=reference, buttons=(_all(call),))
        return found

    async def _list(self, call: Call) -> Say:
        """Theirs; in a group only those of the group, whose others read along."""
        made = await call.records.schedules.of_person(call.person.id, limit=MOST)
        shown = [one for one in made if call.chat.is_one_to_one or one.chat == call.chat]
        if not shown:
            return Say(text=call.say("schedule.none") + "\n\n" + call.say("schedule.examples"))
        lines = [
            call.say(
                "schedule.line",
                id=one.id,
                said=one.said,
                state=self._next(call, one),
                prompt=_short(one.prompt),
            )
            for one in shown
        ]
        buttons = tuple(
            Button(label=f"#{one.id}", command=f"/schedule {one.id}")
            for one in shown[:_MOST_BUTTONS]
        )
        text = "\n".join([call.say("schedule.list"), "", *lines])
        return Say(text=text, buttons=buttons)

    async def _zone(self, call: Call, *words: str) -> Say:
        if not words:
            zone = self.desk.zone_of(call.person.zone)
            return Say(text=call.say("schedule.zone", zone=zone.key))
        name = "_".join(words)
        found = zone_named(name)
        if found is None:
            raise PersonError("schedule.zone_unknown", name=name)
        await call.records.people.save(replace(call.person, zone=found.key))
        await call.note(AuditAction.PERSON_ZONE, zone=found.key)
        return Say(text=call.say("schedule.zone_set", zone=found.key), buttons=(_all(call),))

    async def _card(self, call: Call, schedule: Schedule) -> Card:
        say, zone = call.say, ZoneInfo(schedule.timing.zone)
        session = await call.records.sessions.get(schedule.session_id)
        facts = [
            Fact(label=say("fact.session"), value=session.label if session else "–"),
            Fact(label=say("fact.when"), value=f"{schedule.said} ({schedule.timing.zone})"),
            Fact(label=say("fact.next"), value=self._next(call, schedule)),
        ]
        if schedule.last_at is not None:
            last = shown_time(schedule.last_at, zone)
            facts.append(Fact(label=say("fact.last"), value=last))
        if schedule.skipped_at is not None:
            skipped = shown_time(schedule.skipped_at, zone)
            facts.append(Fact(label=say("fact.skipped"), value=skipped))
        return Card(
            title=say("schedule.title", id=schedule.id),
            summary=say("schedule.summary", said=schedule.said, prompt=_short(schedule.prompt)),
            text=schedule.prompt,
            facts=tuple(facts),
            buttons=_buttons(call, schedule),
        )

    def _next(self, call: Call, schedule: Schedule) -> str:
        if schedule.next_at is None:
            return call.say(f"schedule.state.{schedule.state}")
        return shown_time(schedule.next_at, ZoneInfo(schedule.timing.zone))


def _new(call: Call, phrase: Phrase, session_id: str) -> NewSchedule:
    return NewSchedule(
        session_id=session_id,
        prompt=phrase.prompt,
        said=phrase.said,
        timing=phrase.timing,
        created_at=call.now,
        next_at=phrase.next_at,
        chat=call.chat,
        person_id=call.person.id,
        message_id=call.origin.message_id,
    )


def _buttons(call: Call, schedule: Schedule) -> tuple[Button, ...]:
    say, number = call.say, schedule.id
    if schedule.state is ScheduleState.ACTIVE:
        first = Button(label=say("button.pause"), command=f"/schedule pause {number}")
    else:
        first = Button(label=say("button.go_on"), command=f"/schedule resume {number}")
    delete = Button(label=say("button.delete"), command=f"/schedule delete {number}")
    return (first, delete, _all(call))


def _all(call: Call) -> Button:
    return Button(label=call.say("button.schedules"), command="/schedule")


def _is_number(word: str) -> bool:
    number = word.removeprefix("#")
    return number.isascii() and number.isdigit()


def _short(prompt: str) -> str:
    told = " ".join(prompt.split())
    return told if len(told) <= _SHOWN_CHARACTERS else told[:_SHOWN_CHARACTERS] + "…"
