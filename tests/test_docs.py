"""README, examples and the image say what is so: settings, commands, paths, make targets.

Reads files and our own tables of names; starts nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from pydantic import BaseModel

from bot.api.routes import OPERATIONS
from bot.config_agents import Agent
from bot.config_budgets import NamedBudget
from bot.config_file import Config, Pool, read_toml
from bot.load import load
from bot.roles import ALL_ROLES, Part, ServeRole, part_of
from bot.settings import Settings
from commands.registry import Command, Registry
from orchestrator_core.model import DEFAULT_POOL, Language
from orchestrator_core.texts import texts_in
from tests.core import Core
from tests.documents import PACKAGES, PAGES, README, ROOT, names, page_id, section, table

SETTINGS = {name.upper() for name in Settings.model_fields}
#: Where files are named by their path, and the files named without one.
FOLDERS = {*PACKAGES, "tests", "runbooks", "cloudrun"}
FILES = {"pyproject.toml", ".env.example", "denrei.example.toml"}


@pytest.fixture
def registry() -> Registry:
    return Core().router.registry


def test_the_settings_table_names_every_setting_and_no_other() -> None:
    rows = table(section(README, "## Settings"), "Variable")

    assert sorted(names(rows)) == sorted(SETTINGS)


def test_the_settings_table_gives_the_true_defaults() -> None:
    shown = {row[0].strip("`"): row[1] for row in table(README.read_text(), "Variable")}

    for name, field in Settings.model_fields.items():
        if field.is_required():
            assert shown[name.upper()] == "required"
        elif isinstance(field.default, str | int):
            assert shown[name.upper()] == f"`{field.default}`"
        else:
            assert shown[name.upper()] != "required"


def config_keys() -> Iterator[tuple[str, Any]]:
    """Every key of denrei.toml with its default; None where it has none of its own."""
    for name, field in Config.model_fields.items():
        if name == "workspaces":
            yield "workspaces.<name>", None
        elif name == "agents":
            yield from ((f"agents.<name>.{key}", None) for key in Agent.model_fields)
        elif name == "budgets":
            yield "budgets.daily_usd", None
            for key, one in NamedBudget.model_fields.items():
                default = one.default if isinstance(one.default, str) else None
                yield f"budgets.<name>.{key}", default
        elif name == "pools":
            yield from ((f"pools.<name>.{key}", None) for key in Pool.model_fields)
        elif isinstance(field.default, BaseModel):
            inner = type(field.default).model_fields
            yield from ((f"{name}.{key}", inner[key].default) for key in inner)
        else:
            yield name, field.default


def test_the_table_of_denrei_toml_names_every_key_with_its_default() -> None:
    shown = {row[0].strip("`"): row[1] for row in table(README.read_text(), "Key")}
    keys = dict(config_keys())

    assert shown.keys() == keys.keys()
    for key, default in keys.items():
        if default is not None:
            assert shown[key] == f"`{default}`"


def test_the_example_config_can_be_used_as_it_is() -> None:
    config = Config.model_validate(read_toml(ROOT / "denrei.example.toml"))

    assert config.missing_directories() == []
    assert config.agent_book(ROOT).pick("reviewer").model == "opus"


def test_the_example_config_holds_with_its_examples_too(tmp_path: Path) -> None:
    text = (ROOT / "denrei.example.toml").read_text()
    raw = tomllib.loads(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE))
    for name in raw["workspaces"]:
        (tmp_path / name).mkdir()
        raw["workspaces"][name] = str(tmp_path / name)
    config = Config.model_validate(raw)

    assert config.missing_directories() == []
    book = config.agent_book(tmp_path)
    assert book.workspace_of(book.pick("writer")) == str(tmp_path / "notes")


def test_the_example_env_names_known_settings_only() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {match[1] for line in lines if (match := re.match(r"(?:# )?([A-Z_]+)=", line))}

    assert named <= SETTINGS
    required = {n.upper() for n, field in Settings.model_fields.items() if field.is_required()}
    assert required <= named


def test_the_example_env_starts_denrei_once_the_blanks_are_filled(tmp_path: Path) -> None:
    text = (ROOT / ".env.example").read_text()
    for blank in ("LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN", "ANTHROPIC_API_KEY"):
        text = text.replace(f"\n{blank}=\n", f"\n{blank}=something\n")
    text = text.replace("\nDENREI_OWNERS=\n", f"\nDENREI_OWNERS=U{'0' * 32}\n")
    env = tmp_path / ".env"
    env.write_text(f"{text}\nDENREI_DATA_DIR={tmp_path / 'data'}\n")

    loaded = load(env)

    assert loaded.settings.denrei_owners == {f"U{'0' * 32}"}


def test_the_readme_lists_every_command_as_help_does(registry: Registry) -> None:
    say = texts_in(Language.ENGLISH)
    listed = [
        name.replace("\\|", "|")
        for name in names(table(README.read_text(), "Type"))
        if "/" in name
    ]

    assert listed == [say(f"help.{command.name}.usage") for command in registry]
    assert all(japanese(command) in README.read_text() for command in registry)


def japanese(command: Command) -> str:
    return f"/{next(alias for alias in command.aliases if not alias.isascii())}"


JAPANESE = ROOT / "README.ja.md"
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)


def test_the_japanese_readme_has_the_headings_and_the_code_of_the_english() -> None:
    english, japanese = README.read_text(), JAPANESE.read_text()
    levels = [
        re.findall(r"^(#+) ", FENCED.sub("", text), re.MULTILINE) for text in (english, japanese)
    ]

    assert len(levels[0]) > 1
    assert levels[0] == levels[1]
    assert FENCED.findall(japanese) == FENCED.findall(english) != []


@pytest.mark.parametrize(
    ("title", "japanese"),
    [("Variable", "変数"), ("Key", "キー"), ("Path", "パス"), ("Metric", "メトリクス")],
)
def test_the_japanese_tables_name_what_the_english_name(title: str, japanese: str) -> None:
    shown, told = table(README.read_text(), title), table(JAPANESE.read_text(), japanese)

    assert names(told) == names(shown) != []
    assert [code_in(row) for row in told] == [code_in(row) for row in shown]


def code_in(row: list[str]) -> list[list[str]]:
    """What stands as code in each cell; the order of words differs between languages."""
    return [sorted(re.findall(r"`([^`]+)`", cell)) for cell in row]


def test_the_japanese_readme_lists_every_command_as_help_does(registry: Registry) -> None:
    say = texts_in(Language.JAPANESE)
    listed = [
        name.replace("\\|", "|")
        for name in names(table(JAPANESE.read_text(), "入力"))
        if "/" in name
    ]

    assert listed == [say(f"help.{command.name}.usage") for command in registry]


def paths_in(page: Path) -> Iterator[Path]:
    """Files the page links to, and those of the repository it names in `code`."""
    text = page.read_text()
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", text):
        yield page.parent / target
    for code in re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", text):
        if code in FILES or ("/" in code and code.split("/")[0] in FOLDERS):
            yield ROOT / code


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_path_a_page_names_exists(page: Path) -> None:
    missing = [str(path) for path in paths_in(page) if not path.exists()]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_anchor_a_page_links_to_exists(page: Path) -> None:
    text = page.read_text()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in headings}

    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_make_target_a_page_names_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = re.findall(r"(?:^|`|; |&& )make ([a-z]+)", page.read_text(), re.MULTILINE)

    assert set(named) <= targets


def test_the_readme_calls_only_what_the_api_has() -> None:
    paths = {re.sub(r"\{\w+\}", "1", operation.path) for operation in OPERATIONS}
    block = section(README, "## REST API")
    called = set(re.findall(r"\$api(/[\w/]+)", block))

    assert called
    assert called <= paths


MANIFESTS = sorted((ROOT / "cloudrun").glob("*.yaml"))


def container_of(manifest: Path) -> Any:
    return yaml.safe_load(manifest.read_text())["spec"]["template"]["spec"]["containers"][0]


def part_in(manifest: Path) -> Part:
    """What the process started by it does."""
    program, command, *options = container_of(manifest).get("args", ["denrei", "serve"])

    assert (program, command) == ("denrei", "serve")
    assert options[::2] == ["--role"] * (len(options) // 2)
    return part_of(options[1::2], DEFAULT_POOL)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=page_id)
def test_a_cloud_run_manifest_sets_known_settings_and_probes_known_paths(manifest: Path) -> None:
    container = container_of(manifest)
    named = {entry["name"] for entry in container["env"]}

    assert named <= SETTINGS
    assert {
        n.upper() for n, field in Settings.model_fields.items() if field.is_required()
    } <= named
    assert ("REDIS_URL" in named) is not part_in(manifest).is_whole
    assert "DATABASE_URL" in named
    assert container["startupProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_the_cloud_run_manifests_do_all_of_the_work_in_both_ways() -> None:
    parts = {manifest.stem: part_in(manifest).roles for manifest in MANIFESTS}

    assert parts.pop("all-in-one") == ALL_ROLES
    assert parts["service"] == {ServeRole.EDGE}
    assert frozenset.union(*parts.values()) == ALL_ROLES


def test_the_image_copies_what_exists_and_nothing_ignored() -> None:
    dockerfile = (ROOT / "cloudrun" / "Dockerfile").read_text()
    lines = re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
    copied = {name for line in lines for name in line.split()[:-1]}
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line.removeprefix("!") for line in ignore if line.startswith("!")}

    assert set(PACKAGES) <= copied
    assert copied == sent
    assert all((ROOT / name).exists() for name in copied)
    assert set(re.findall(r"\b(DENREI_\w+)=", dockerfile)) <= SETTINGS
