"""A late turn's card and the offer of what may not have arrived: one may be dropped, one not."""

from __future__ import annotations

from datetime import timedelta

from orchestrator_core.late_turns import SPENT_BEFORE, LateTurns
from orchestrator_core.model import DeliveryState, QuotaMode
from orchestrator_core.progress import Progress
from tests.core import Core, token
from tests.mail import choose, mark, put
from tests.people import HOME, at_home, says

#: About 45 seconds after an event.
LATE = timedelta(seconds=51) - SPENT_BEFORE


async def test_what_may_not_have_arrived_is_offered_with_what_stays_not_with_the_late_card() -> (
    None
):
    core = Core()
    await core.know()
    await choose(core, QuotaMode.FRUGAL, HOME.id)
    await core.ask(await core.session(), origin=at_home(reply_token=token(core)))
    lost = await put(core, "an answer", chat=HOME.id)
    await mark(core, lost, DeliveryState.UNCONFIRMED)
    core.clock.advance(LATE)
    await LateTurns(
        store=core.store,
        outbox=core.outbox,
        rules=core.quota_rules,
        clock=core.clock,
        progress=Progress(every=timedelta(minutes=3)),
    ).look()
    [unconfirmed, card] = await core.deliveries()
    await core.receive(says("/help", reply_token=token(core, "of help")))
    await core.intake().handle_new()

    assert unconfirmed.offered_at is None
    assert card.kind == "progress"
    assert (await core.deliveries())[0].offered_at is not None
