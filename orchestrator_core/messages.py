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


#: What a signed button may carry.
Tap = ApprovalTap | WholeCallTap | DeliveryTap | ChoiceTap


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


Message = Say | Card
