"""What Denrei says, before it takes any channel's shape. Texts are already translated."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator_core.model import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalTap:
    """The answer to a waiting tool call, as carried by a signed button."""

    approval_id: int
    #: The approval's own: a number alone may come again in another database.
    nonce: str
    allow: bool
    #: Of a yes: for the rest of the session. Of a no: the reason follows in words.
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeCallTap:
    """Show all of a waiting tool call that is too long for its card."""

    approval_id: int
    #: The approval's own, as above.
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionTap:
    """An answer to a question of Claude's: an option, one of the person's own, or, where several
    may be chosen, that there are no more."""

    approval_id: int
    #: The approval's own, as above.
    nonce: str
    #: Which of the call's questions, from 0.
    question: int
    #: From 0; None: `own`, or no more.
    option: int | None = None
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTap:
    """Send again what may not have arrived: this delivery and those offered together with it."""

    delivery_id: int
    #: The delivery's own, as above.
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceTap:
    """What to do about an interrupted turn."""

    turn_id: int
    #: The turn's session, whose id cannot be guessed; as above.
    session_id: str
    choice: Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTap:
    """Show a page of an answer. It changes nothing, so that anybody in the chat may."""

    turn_id: int
    #: The turn's session, whose id cannot be guessed; as above.
    session_id: str
    #: From 1.
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTap:
    """Fetch a turn's answer, or the right to send it for free once it is there."""

    turn_id: int
    #: The turn's session, whose id cannot be guessed; as above.
    session_id: str


#: What a signed button may carry.
Tap = ApprovalTap | WholeCallTap | QuestionTap | DeliveryTap | ChoiceTap | PageTap | ResultTap


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A tap that either types a command or carries a signed answer; exactly one of the two."""

    label: str
    command: str | None = None
    tap: Tap | None = None
    #: Shown bold: what most people will want.
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Plain text of any length, with buttons below it."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerWords:
    """What stands on an answer beside Claude's own words."""

    #: On the button that brings the next page.
    more: str
    #: On code that a tap copies.
    copy: str
    #: Above what the next pages are about.
    outline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Claude wrote, in Markdown: one page of it, and a way to each other one."""

    #: All of it.
    text: str
    #: Whose it is.
    title: str
    #: What a notification shows where it cannot show the words.
    summary: str
    words: AnswerWords
    turn_id: int
    session_id: str
    #: How it went, in a word or two; empty: nothing is said about it.
    status: str = ""
    #: From 1; one beyond the last stands for the last.
    page: int = 1
    #: Said below the first page.
    note: str = ""
    #: Of another session than the chat is in: a text says so too.
    is_apart: bool = False
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedFile:
    """A file that can be had at an address for a while."""

    name: str
    #: https; whoever has it has the file.
    address: str
    size: str
    #: It can be shown as it is.
    is_picture: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Files to look at and to fetch."""

    #: What a notification shows, and what stands above them.
    text: str
    files: tuple[OfferedFile, ...]
    #: How long they can be had, in words.
    note: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A labelled value on a card."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    label: str
    value: str
    #: Its length, of the longest one's: 0 to 1.
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars, and where there is a picture of them."""

    bars: tuple[Bar, ...]
    #: An https address; None: the channel draws them itself.
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A titled block: facts, a passage in fixed-width type, buttons.

    `summary` is what a notification shows.
    """

    title: str
    summary: str
    text: str = ""
    facts: tuple[Fact, ...] = ()
    code: str = ""
    chart: Chart | None = None
    buttons: tuple[Button, ...] = ()


Message = Say | Answer | Files | Card
