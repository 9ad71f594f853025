"""`denrei.toml`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from bot.config_file import Config, read_toml
from orchestrator_core.errors import PersonError
from orchestrator_core.ports import AgentProfile, Kept

EXAMPLE = """
timezone = "Europe/Berlin"

[limits]
concurrent_runs = 2
turn_timeout_minutes = 7.5

[budgets]
daily_usd = 12.50

[policies]
approval_timeout_minutes = 3

[retention]
events_days = 3

[daily]
hour = 0

[workspaces]
site = "{folder}"

[agents.Reviewer]
model = "claude-opus-5-5"
system_prompt = "Review."
workspace = "site"

[agents.plain]
workspace = "{folder}"
"""


def written(folder: Path, text: str) -> Config:
    (folder / "denrei.toml").write_text(text.format(folder=folder), encoding="utf-8")
    return Config.model_validate(read_toml(folder / "denrei.toml"))


def test_without_a_file_there_is_one_agent_and_sound_limits() -> None:
    config = Config()
    book = config.agent_book(Path("/work"))

    assert config.timezone == ZoneInfo("Asia/Tokyo")
    assert config.limits.concurrent_runs == 4
    assert config.budgets.daily_usd is None
    assert (config.retention.events_days, config.daily.hour) == (30, 4)
    assert list(book.profiles) == ["claude"]
    assert book.workspace_of(book.pick(None)) == "/work"


def test_what_is_written_is_what_counts(tmp_path: Path) -> None:
    config = written(tmp_path, EXAMPLE)

    assert config.timezone == ZoneInfo("Europe/Berlin")
    assert config.limits.turn_timeout_minutes == 7.5
    assert config.limits.warm_clients == 4
    assert config.budgets.daily_usd == Decimal("12.5")
    assert config.policies.approval_timeout_minutes == 3
    assert (config.retention.events_days, config.retention.audit_days) == (3, 365)
    assert config.daily.hour == 0


def test_everything_that_may_be_deleted_is_kept_for_a_set_time(tmp_path: Path) -> None:
    spans = written(tmp_path, "[retention]\naudit_days = 400").retention.spans()

    assert spans.keys() == set(Kept)
    assert (spans[Kept.AUDIT].days, spans[Kept.INBOX].days) == (400, 30)


def test_agents_are_called_in_any_case_and_work_where_they_are_told(tmp_path: Path) -> None:
    book = written(tmp_path, EXAMPLE).agent_book(Path("/work"))

    assert book.pick("REVIEWER") == AgentProfile(
        name="reviewer",
        model="claude-opus-5-5",
        system_prompt="Review.",
        workspace=str(tmp_path.resolve()),
    )
    assert book.workspace_of(book.pick("plain")) == str(tmp_path.resolve())


def test_the_default_agent_may_be_changed_but_is_always_there(tmp_path: Path) -> None:
    book = written(tmp_path, '[agents.claude]\nmodel = "m"\n').agent_book(Path("/work"))

    assert [profile.model for profile in book.profiles.values()] == ["m"]


def test_an_unknown_agent_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    book = written(tmp_path, EXAMPLE).agent_book(Path("/work"))
    with pytest.raises(PersonError) as error:
        book.pick("nobody")

    assert [button.label for button in error.value.buttons] == ["@claude", "@reviewer", "@plain"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("speed = 3", "speed"),
        ("[limits]\nconcurrent = 3", "limits.concurrent"),
        ("[limits]\nconcurrent_runs = 0", "limits.concurrent_runs"),
        ("[limits]\ndrain_seconds = -1", "limits.drain_seconds"),
        ("[budgets]\ndaily_usd = 0", "budgets.daily_usd"),
        ("[policies]\napproval_timeout_minutes = 0", "policies.approval_timeout_minutes"),
        ("[retention]\ninbox_days = 6", "retention.inbox_days"),
        ("[retention]\ndeliveries_days = 3", "retention.deliveries_days"),
        ("[retention]\nevents_days = 0", "retention.events_days"),
        ("[retention]\nmessages_days = 9", "retention.messages_days"),
        ("[daily]\nhour = 24", "daily.hour"),
        ("[daily]\nleast_free_gb = 0", "daily.least_free_gb"),
        ("[agents.a]\ntools = []", "agents.a.tools"),
        ('timezone = "Mars/Olympus"', "timezone"),
        ('timezone = "../../etc/passwd"', "timezone"),
        ("timezone = 9", "timezone"),
    ],
)
def test_what_cannot_be_is_named_by_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ValidationError) as error:
        written(tmp_path, text)

    assert [".".join(map(str, one["loc"])) for one in error.value.errors()] == [place]


def test_every_workspace_that_is_not_there_is_named(tmp_path: Path) -> None:
    config = written(
        tmp_path,
        '[workspaces]\ngone = "{folder}/gone"\nhere = "{folder}"\n'
        '[agents.a]\nworkspace = "gone"\n[agents.b]\nworkspace = "{folder}/nowhere"\n',
    )

    assert config.missing_directories() == [
        (("workspaces", "gone"), f"there is no directory {tmp_path / 'gone'}"),
        (("agents", "b", "workspace"), f"there is no directory {tmp_path / 'nowhere'}"),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"x = ", "is not TOML"), (b'x = "\xff"', "is not TOML")]
)
def test_a_file_that_is_no_toml_is_said_in_a_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "denrei.toml"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=sentence):
        read_toml(path)


def test_a_file_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        read_toml(tmp_path / "denrei.toml")
