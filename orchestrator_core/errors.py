"""
Every error raised on purpose. Three questions are asked of one: may the person read it,
may it work later, is the work still ours?

* DenreiError
  - PersonError              the sender may read it and can act on it: `key` and `facts` make the
                             sentence, `buttons` what to do next
  - NotFoundError            the API's caller named something that does not exist
  - ConflictError            the API's caller asked for something that contradicts what is stored
  - AgentError               Claude could not be started or died; may work later
    + AgentRefusedError      waiting cannot help (wrong key, no credit, unknown conversation)
  - MessengerError           a call to the messaging platform did not succeed
    + ReplyTokenRefusedError     definite: nothing was sent; a push may follow
    + MessageRefusedError        definite: never send this again
    + QuotaUsedUpError           definite: nothing more this month
    + MessengerBusyError         definite: not sent; try again after a pause
    + MessengerUnclearError      unknown whether it was sent
  - ContentError             what was sent with a message could not be fetched
    + ContentNotReadyError       not yet; later
    + ContentGoneError           never again
    + ContentTooLargeError       more than is taken
  - StorageFullError         the store took nothing; the sender must try again
  - StartError               the process cannot start; the sentence names the setting to look at
"""

from __future__ import annotations

from orchestrator_core.messages import Button


class DenreiError(Exception):
    """Base of every error raised on purpose."""


class PersonError(DenreiError):
    """To be told to the person as the catalog's text `key`, filled with `facts`."""

    def __init__(self, key: str, *, buttons: tuple[Button, ...] = (), **facts: object) -> None:
        self.key = key
        self.facts = facts
        self.buttons = buttons
        super().__init__(key)


class NotFoundError(DenreiError):
    """Nothing has this id."""


class LeaseLostError(DenreiError):
    """Somebody else has taken the session over since: nothing more may be written for it."""


class ConflictError(DenreiError):
    """What is stored says otherwise."""


class AgentError(DenreiError):
    """Claude could not be started, or ended before the turn did."""


class AgentRefusedError(AgentError):
    """Trying again cannot help until someone changes something.

    `reason` is short and safe to show: `auth`, `billing`, `no_conversation`, `no_cli`,
    `no_workspace`, `no_agent`, `budget`.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class MessengerError(DenreiError):
    """A call to the messaging platform failed. The text never holds a token or a message."""


class ReplyTokenRefusedError(MessengerError):
    """The token was used or too old; nothing was sent."""


class MessageRefusedError(MessengerError):
    """The platform will never take this message."""


class QuotaUsedUpError(MessengerError):
    """The month's pushes are spent."""


class MessengerBusyError(MessengerError):
    """Too many calls; not sent."""


class MessengerUnclearError(MessengerError):
    """No answer, or a 5xx: it may or may not have been sent."""


class ContentError(DenreiError):
    """A picture, sound, film or file did not come."""


class ContentNotReadyError(ContentError):
    """The platform still works on it."""


class ContentGoneError(ContentError):
    """The platform has it no more, or cannot give it."""


class ContentTooLargeError(ContentError):
    """It is larger than what is taken."""


class StorageFullError(DenreiError):
    """The database could not write (no space, read-only)."""


class StartError(DenreiError):
    """What the process stands on is not to be had; the sentence says what and what to do."""
