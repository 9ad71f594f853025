"""Takes what an owner did to whoever answers it: a command, a prompt, an approval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from types import NoneType

from commands.addressing import addressed, the_addressed, the_quoted
from commands.agent import Agent
from commands.approve import Approve
from commands.choice import take_choice
from commands.deny import Deny
from commands.files import Files
from commands.grammar import CommandLine, parse
from commands.help import Help, overview
from commands.inbox import take_result
from commands.media import ask_about, take_media
from commands.more import More, take_page
from commands.new import New
from commands.prompt import MOST_CHARACTERS, Prompting
from commands.registry import Call, Command, Registry
from commands.rights import demand
from commands.session_commands import session_commands
from commands.status import Status, status_card
from commands.stop import Stop
from commands.use import Use
from orchestrator_core.approvals import ApprovalDesk
from orchestrator_core.desk import SessionDesk
from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import (
    ButtonTapped,
    Followed,
    FromPerson,
    MediaSent,
    TextSaid,
)
from orchestrator_core.messages import (
    ApprovalTap,
    Button,
    ChoiceTap,
    DeliveryTap,
    Message,
    PageTap,
    QuestionTap,
    ResultTap,
    Say,
    WholeCallTap,
)
from orchestrator_core.model import Person
from orchestrator_core.ports import Records
from orchestrator_core.question_answers import hear_answer, take_pick
from orchestrator_core.resending import resend_tapped
from orchestrator_core.rights import Action

#: What a button can type on the narrowest channel, in UTF-16 units.
_BUTTON_LIMIT = 300
#: What a signed button does. Of a kind that is not named here, it is for owners alone.
_RIGHT_TO_TAP: dict[type, Action] = {
    ApprovalTap: Action.APPROVE,
    WholeCallTap: Action.APPROVE,
    QuestionTap: Action.APPROVE,
    ChoiceTap: Action.CHOOSE,
    DeliveryTap: Action.RESEND,
    PageTap: Action.MORE,
    ResultTap: Action.INBOX,
    # Not ours, or altered: it is told so.
    NoneType: Action.HELP,
}


def all_commands(desk: SessionDesk, prompting: Prompting, *more: Command) -> Registry:
    """Every command, in the order `/help` shows them; `more` come before help itself."""
    registry = Registry(
        New(prompting),
        Use(desk, prompting),
        Agent(),
        Status(desk),
        More(desk),
        Stop(desk),
        *session_commands(desk, prompting),
        Files(prompting),
        Approve(desk),
        Deny(),
        *more,
        Help(lambda: registry),
    )
    return registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    registry: Registry
    prompting: Prompting
    approvals: ApprovalDesk

    async def answer(
        self, records: Records, person: Person, said: FromPerson, *, now: datetime
    ) -> list[Message]:
        call = Call(
            records=records,
            person=person,
            origin=said.origin,
            argument="",
            now=now,
            agents=self.prompting.desk.agents,
        )
        match said:
            case TextSaid():
                return await self._text(call, said)
            case MediaSent():
                return await take_media(call, self.prompting, said)
            case ButtonTapped():
                return await self._tap(call, said)
            case Followed():
                return [_welcome(call, self.registry)]
            case _ if said.chat.is_one_to_one:
                return [Say(text=call.say("unsupported"))]
            case _:
                return []

    async def _tap(self, call: Call, said: ButtonTapped) -> list[Message]:
        """A button is worth what the person may do now, not what they could when it was made."""
        demand(call, _RIGHT_TO_TAP.get(type(said.tap), Action.PEOPLE))
        match said.tap:
            case ChoiceTap() as tap:
                return await take_choice(call, self.prompting, tap)
            case QuestionTap() as tap:
                return await take_pick(call.records, said, tap, call.person, now=call.now)
            case PageTap() as tap:
                return await take_page(call, tap)
            case ResultTap() as tap:
                return await take_result(call, tap)
            case DeliveryTap() as tap:
                await resend_tapped(call.records, said, tap, call.person, now=call.now)
            case _:
                return await self.approvals.answer(call.records, said, call.person, now=call.now)
        return []

    async def _text(self, call: Call, said: TextSaid) -> list[Message]:
        if len(said.text) > MOST_CHARACTERS:
            raise PersonError("prompt.too_long", most=MOST_CHARACTERS)
        line = parse(said.text)
        if line is not None:
            return await self._command(call, line, said)
        if await self.approvals.hear_reason(call.records, said, call.person, now=call.now):
            return []
        heard = await hear_answer(call.records, said, call.person, now=call.now)
        if heard is not None:
            return heard
        if not said.chat.is_one_to_one and not said.mentioned:
            # People in a group talk to each other; Denrei listens only when it is spoken to.
            return []
        text = said.text.strip()
        if not text:
            return [overview(call, self.registry)]
        demand(call, Action.PROMPT)
        return await self._prompt(call, text, said)

    async def _prompt(self, call: Call, text: str, said: TextSaid) -> list[Message]:
        to, media = addressed(text), said.quoted_media
        if to is None and media is not None:
            return await ask_about(_with(call, text), self.prompting, media)
        if to is None and (quoted := await the_quoted(call, said)) is not None:
            return await self.prompting.to(_with(call, text), quoted)
        if to is None:
            return await self.prompting.to_current(_with(call, text))
        name, prompt = to
        session = await the_addressed(call, name, prompt)
        if not prompt:
            return [await status_card(call, session)]
        return await self.prompting.to(_with(call, prompt), session)

    async def _command(self, call: Call, line: CommandLine, said: TextSaid) -> list[Message]:
        command = self.registry.get(line.name)
        if command is not None:
            demand(call, command.name)
            return await command.run(_with(call, line.argument))
        if not said.chat.is_one_to_one and not said.mentioned:
            # It may well be meant for another bot.
            return []
        nearest = self.registry.nearest(line.name) or "help"
        raise PersonError(
            "command.unknown",
            buttons=(Button(label=f"/{nearest}", command=_again(nearest, line.argument)),),
            name=line.name,
            nearest=nearest,
        )


def _with(call: Call, argument: str) -> Call:
    return replace(call, argument=argument)


def _again(name: str, argument: str) -> str:
    """The line with the right name; the name alone where a button cannot carry the whole of it."""
    line = f"/{name} {argument}".strip()
    return line if len(line.encode("utf-16-le")) // 2 <= _BUTTON_LIMIT else f"/{name}"


def _welcome(call: Call, registry: Registry) -> Say:
    shown = overview(call, registry)
    return Say(text=call.say("welcome") + "\n\n" + shown.text, buttons=shown.buttons)
