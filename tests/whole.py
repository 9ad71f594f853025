"""LINE's side of Denrei around the core: bodies in at the webhook, checked calls out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from starlette.types import Message

from bot.line.rendering import LineRenderer
from bot.line.signature import signature_of
from bot.line.webhook import LineWebhook
from bot.simulator.line_validation import check_messages
from orchestrator_core.intake import Intake
from orchestrator_core.model import InboxEvent, InboxState
from orchestrator_core.outbox import Outbox
from tests.core import Core
from tests.fakes.clock import FakeClock
from tests.fakes.inbox_writer import FakeInboxWriter
from tests.line_events import ANNA, NOW, POSTBACKS, READER

SECRET = b"secret"
#: What an event may end as when nothing went wrong.
SETTLED = {InboxState.DONE, InboxState.IGNORED, InboxState.UNREADABLE}


@dataclass
class Whole:
    core: Core = field(
        default_factory=lambda: Core(owners=frozenset({ANNA}), clock=FakeClock(NOW))
    )
    intake: Intake = field(init=False)

    def __post_init__(self) -> None:
        outbox = Outbox(renderer=LineRenderer(POSTBACKS))
        self.intake = replace(self.core.intake(), reader=READER, outbox=outbox)

    @property
    def events(self) -> list[InboxEvent]:
        return self.core.store.inbox_events

    async def post(self, body: bytes) -> int:
        """Call the webhook with LINE's signature; the status it answers."""
        answers: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            answers.append(message)

        signature = signature_of(body, SECRET).encode()
        scope = {
            "type": "http",
            "headers": [(b"x-line-signature", signature)],
            "state": {
                "channel_secret": SECRET,
                "inbox_writer": FakeInboxWriter(self.core.store),
                "wakeups": self.core.wakeups,
                "clock": self.core.clock,
                "metrics": self.core.metrics,
            },
        }
        await LineWebhook()(scope, receive, send)
        return int(answers[0]["status"])

    async def settle(self) -> set[InboxState]:
        """Handle what is in the inbox; what became of it all."""
        while await self.intake.handle_new():
            pass
        return {event.state for event in self.events}

    async def check_deliveries(self) -> int:
        """How many calls there are to make. Raises RefusalError for one LINE would not take."""
        deliveries = await self.core.deliveries()
        for delivery in deliveries:
            check_messages({"messages": list(delivery.messages)})
        return len(deliveries)
