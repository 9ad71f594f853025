"""What one run shall do: a pure function of its seed. Knows no process and no clock.

The instants are tied to progress ("when the model was asked for the 7th time, 40 ms later"), so a
seed hits the same place on a slow machine too. How the parts then interleave is real time's: the
same seed is the same plan, not the same run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.simulator.line_faults import MESSAGE_CALLS, Fault
from orchestrator_core.model import Choice

REAL_CLI_EVERY, LARGE_EVERY, PATIENT_EVERY = 10, 4, 25


class Topology(StrEnum):
    #: One process, SQLite, its own Valkey.
    SMALL = "small"
    #: PostgreSQL, Valkey, and a process for each role.
    LARGE = "large"


class Kind(StrEnum):
    """What a prompt makes the model do."""

    SAY = "say"
    SLOW = "slow"
    #: More than five messages of LINE: one call cannot carry it.
    LONG = "long"
    #: A command that a person must allow.
    TOOL = "tool"
    #: The same, and it leaves a process behind.
    LEAVE = "leave"


class Blow(StrEnum):
    KILL = "kill"
    #: SIGSTOP, and SIGCONT some seconds later.
    FREEZE = "freeze"
    #: SIGTERM, and a new start.
    RESTART = "restart"
    #: FLUSHALL.
    WIPE = "wipe"
    #: LINE fails the next calls.
    LINE = "line"
    #: LINE sends events again that were taken.
    COPIES = "copies"


class Progress(StrEnum):
    #: Events LINE got a 200 for.
    TAKEN = "taken"
    #: Calls the model got.
    ASKED = "asked"
    #: Messages that reached a phone.
    TOLD = "told"


ONE = "denrei"
WORKERS = ("worker-a", "worker-b")
MANY = ("edge", *WORKERS, "courier", "scheduler")
VALKEY, POSTGRES = "valkey", "postgres"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPlan:
    marker: str
    kind: Kind
    #: Seconds the person waits before saying it, and the model before answering.
    pause: float
    think: float
    #: Whether the person reads the answer before going on.
    patient: bool = False
    #: How the person answers, where the tool is asked for.
    allow: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPlan:
    name: str
    prompts: tuple[PromptPlan, ...]
    #: After this many prompts the person says /stop, and takes the session up again.
    stop_after: int | None = None
    #: Whether the person has messages sent again of which nobody knows whether they arrived.
    again: bool = False
    #: What the person wants done about an interrupted prompt; None: says nothing.
    choice: Choice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    progress: Progress
    count: int
    #: Seconds after that.
    delay: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    blow: Blow
    target: str
    when: When
    #: How long it stays away, or frozen.
    seconds: float = 0
    line: Fault | None = None
    calls: tuple[str, ...] = ()
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    seed: int
    topology: Topology
    real_cli: bool
    lease_seconds: float
    #: How long LINE keeps a caller hanging.
    hang_seconds: float
    chats: tuple[ChatPlan, ...]
    faults: tuple[FaultPlan, ...]
    #: The fault Denrei itself is given, by its name in `mutants`; none in a plan of a seed.
    mutant: str | None = None

    @property
    def prompts(self) -> list[PromptPlan]:
        return [prompt for chat in self.chats for prompt in chat.prompts]

    @property
    def processes(self) -> tuple[str, ...]:
        return MANY if self.topology is Topology.LARGE else (ONE,)


def plan_of(seed: int) -> Plan:
    rng = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    topology = Topology.LARGE if seed % LARGE_EVERY == LARGE_EVERY - 1 else Topology.SMALL
    real = seed % REAL_CLI_EVERY == 0
    chats = tuple(_chats(rng, count=3 if real else rng.randint(4, 6), prompts=2 if real else 4))
    lease = 3.0
    return Plan(
        seed=seed,
        topology=topology,
        real_cli=real,
        lease_seconds=lease,
        hang_seconds=15.0 if seed % PATIENT_EVERY == PATIENT_EVERY - 1 else 1.0,
        chats=chats,
        faults=tuple(_faults(rng, topology, sum(len(chat.prompts) for chat in chats), lease)),
    )


def _chats(rng: random.Random, *, count: int, prompts: int) -> Iterator[ChatPlan]:
    for number in range(1, count + 1):
        asked = tuple(_prompt(rng, f"s{number}p{index + 1}", index) for index in range(prompts))
        stop = rng.randint(1, prompts - 1) if rng.random() < 0.12 else None
        again = rng.random() < 0.6
        choice = rng.choice((None, *Choice))
        yield ChatPlan(
            name=f"person{number}", prompts=asked, stop_after=stop, again=again, choice=choice
        )


def _prompt(rng: random.Random, marker: str, index: int) -> PromptPlan:
    kind = rng.choices(list(Kind), weights=(55, 20, 5, 12, 8))[0]
    return PromptPlan(
        marker=marker,
        kind=kind,
        pause=round(rng.uniform(0, 0.2 if index == 0 else 0.5), 2),
        think=round(rng.uniform(0.6, 1.5) if kind is Kind.SLOW else rng.uniform(0, 0.25), 2),
        patient=rng.random() < 0.25,
        allow=rng.random() < 0.8 or kind not in {Kind.TOOL, Kind.LEAVE},
    )


def _faults(
    rng: random.Random, topology: Topology, prompts: int, lease: float
) -> Iterator[FaultPlan]:
    for _ in range(rng.randint(1, 2)):
        yield _against_process(rng, topology, prompts, lease)
    if rng.random() < 0.4:
        yield _against_store(rng, topology, prompts)
    for _ in range(rng.randint(1, 3)):
        yield _against_line(rng, prompts)
    if rng.random() < 0.6:
        yield FaultPlan(
            blow=Blow.COPIES, target="line", when=_when(rng, prompts), count=rng.randint(1, 5)
        )


def _against_process(
    rng: random.Random, topology: Topology, prompts: int, lease: float
) -> FaultPlan:
    blow = rng.choices((Blow.KILL, Blow.FREEZE, Blow.RESTART), weights=(6, 2, 2))[0]
    target = rng.choice((*WORKERS, *MANY)) if topology is Topology.LARGE else ONE
    seconds = rng.uniform(0.05, 0.8)
    if blow is Blow.FREEZE:
        outlasts = topology is Topology.LARGE and rng.random() < 0.6
        seconds = lease + rng.uniform(0.5, 1.5) if outlasts else rng.uniform(0.2, 2.2)
    return FaultPlan(blow=blow, target=target, when=_when(rng, prompts), seconds=round(seconds, 2))


def _against_store(rng: random.Random, topology: Topology, prompts: int) -> FaultPlan:
    blow, target = rng.choice(
        [(Blow.WIPE, VALKEY), (Blow.KILL, VALKEY)]
        + [(Blow.KILL, POSTGRES), (Blow.RESTART, POSTGRES)] * (topology is Topology.LARGE)
    )
    seconds = round(rng.uniform(0.1, 1.0), 2)
    return FaultPlan(blow=blow, target=target, when=_when(rng, prompts), seconds=seconds)


def _against_line(rng: random.Random, prompts: int) -> FaultPlan:
    fault = rng.choices(
        (
            *(Fault.HANG, Fault.ERROR, Fault.ACCEPT_THEN_ERROR, Fault.ACCEPT_THEN_HANG),
            *(Fault.ACCEPT_THEN_CUT, Fault.RATE_LIMIT, Fault.QUOTA, Fault.TOO_LATE),
        ),
        weights=(2, 3, 3, 2, 2, 2, 1, 6),
    )[0]
    calls = _ONLY.get(fault) or rng.choice((MESSAGE_CALLS, ("push",)))
    return FaultPlan(
        blow=Blow.LINE,
        target="line",
        when=_when(rng, prompts // 2),
        line=fault,
        calls=calls,
        count=rng.randint(2, 8) if fault is Fault.TOO_LATE else rng.randint(1, 2),
    )


#: Replies alone have a token, and pushes alone a quota.
_ONLY = {Fault.TOO_LATE: ("reply",), Fault.QUOTA: ("push",)}


def _when(rng: random.Random, prompts: int) -> When:
    return When(
        progress=rng.choice(list(Progress)),
        count=rng.randint(1, max(1, prompts * 3 // 4)),
        delay=round(rng.choice((0.0, rng.uniform(0, 0.02), rng.uniform(0, 0.3))), 3),
    )


def described(plan: Plan) -> str:
    """All of it, one line for each person and fault."""
    cli = "the real Claude Code" if plan.real_cli else "the scripted agent"
    lines = [f"seed {plan.seed}: {plan.topology}, {cli}, lease {plan.lease_seconds:g} s"]
    for chat in plan.chats:
        said = [
            f"+{one.pause:g}s {one.marker} {one.kind}({one.think:g}s)"
            + ("" if one.allow else " denied")
            + (" and waits" if one.patient else "")
            for one in chat.prompts
        ]
        if chat.stop_after is not None:
            said.insert(chat.stop_after, "/stop, /use")
        lost = ", has lost messages sent again" if chat.again else ""
        lines.append(f"  {chat.name}: {', '.join(said)}; if interrupted: {chat.choice}{lost}")
    for fault in plan.faults:
        what = " ".join([fault.blow, fault.target, fault.line or "", *fault.calls])
        more = f"x{fault.count}" if fault.count > 1 else f"{fault.seconds:g}s"
        when = fault.when
        lines.append(f"  {when.progress} {when.count} +{when.delay:g}s: {what} {more}")
    return "\n".join(lines)
