"""`denrei doctor` says what is active, and a start that cannot be walled in is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.config_file import Config
from bot.doctor import Doctor, Finding, written
from bot.host import Host, missing_walls
from bot.settings import Loaded, Settings

AGENTS = {
    "plain": {},
    "walled": {
        "sandbox": True,
        "sandbox_domains": ["pypi.org"],
        "allowed_tools": ["Bash(ls:*)"],
        "timeout_minutes": 5,
    },
    "other": {"run_as": "daemon", "setting_sources": ["project"]},
}


def there(name: str) -> str | None:
    return f"/usr/bin/{name}"


def works(_command: Sequence[str]) -> bool:
    return True


ABLE = Host(platform="linux", find=there, runs=works, user_id=0)


def loaded(folder: Path) -> Loaded:
    settings = Settings(
        line_channel_secret=SecretStr("the-channel-secret"),
        line_channel_access_token=SecretStr("the-access-token"),
        denrei_owners=frozenset({"U" + "0" * 32}),
        denrei_data_dir=folder,
        denrei_workspace=folder,
        _env_file=None,
    )
    return Loaded(settings, Config.model_validate({"agents": AGENTS}))


def found(folder: Path, host: Host) -> dict[str, Finding]:
    findings = Doctor(loaded=loaded(folder), host=host).findings()
    return {finding.subject: finding for finding in findings}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path


def test_on_an_able_machine_all_is_as_it_was_asked_for(folder: Path) -> None:
    told = found(folder, ABLE)

    assert [one.subject for one in told.values() if not one.sound] == []
    assert told["sandbox"].told == "can be used"
    assert told["@plain sandbox"].told == "off"
    assert told["@walled sandbox"].told == "on; reaches pypi.org; writes to the workspace"
    assert told["@walled runs unasked"].told == "Bash(ls:*)"
    assert told["@walled time limit"].told == "5 minutes a turn"
    assert told["@other runs as"].told == "daemon"
    assert told["@plain runs as"].told == "root, like Denrei"
    assert told["@other other settings"].told == "project"


@pytest.mark.parametrize(
    ("host", "why"),
    [
        (
            Host(platform="linux", find=lambda _: None, runs=works, user_id=0),
            "install bubblewrap and socat",
        ),
        (
            Host(platform="linux", find=there, runs=lambda _: False, user_id=0),
            "may not make namespaces",
        ),
        (Host(platform="win32", find=there, runs=works, user_id=0), "none on win32"),
    ],
)
def test_a_sandbox_that_cannot_be_used_is_said_with_its_reason(
    folder: Path, host: Host, why: str
) -> None:
    told = found(folder, host)

    assert not told["@walled sandbox"].sound
    assert why in told["@walled sandbox"].told
    assert told["@plain sandbox"].sound
    walls = missing_walls(loaded(folder).config.agents, host)
    assert why in "".join(problem for _, problem in walls)


def test_another_user_needs_root(folder: Path) -> None:
    told = found(folder, Host(platform="darwin", find=there, runs=works, user_id=1))

    assert not told["@other runs as"].sound
    assert told["sandbox"].told == "can be used"


def test_root_and_nobody_are_no_users_to_run_as() -> None:
    assert ABLE.user_problem("root") == "root is root itself"
    assert "no user" in (ABLE.user_problem("nobody-of-this-name") or "")
    assert ABLE.user_problem("daemon") is None


def test_a_folder_that_is_open_to_others_is_no_sound_one(folder: Path) -> None:
    folder.chmod(0o755)

    assert not found(folder, ABLE)["data folder"].sound


def test_what_is_not_as_asked_for_stands_out_and_no_secret_is_printed(folder: Path) -> None:
    host = Host(platform="linux", find=lambda _: None, runs=works, user_id=0)
    text = written(list(Doctor(loaded=loaded(folder), host=host).findings()))

    lines = [line for line in text.splitlines() if line.startswith("!!")]
    assert [line.split("  ")[1].strip() for line in lines] == ["@walled sandbox"]
    assert "the-channel-secret" not in text and "the-access-token" not in text


def test_a_workspace_that_the_first_start_makes_is_not_missing(folder: Path) -> None:
    known = loaded(folder)
    settings = known.settings.model_copy(
        update={"denrei_workspace": None, "denrei_data_dir": folder / "data"}
    )
    findings = Doctor(loaded=Loaded(settings, known.config), host=ABLE).findings()

    [workspace] = [one for one in findings if one.subject == "@plain workspace"]
    assert workspace.sound and workspace.told.endswith("not made yet")
