"""Programs whose danger no pattern can tell: kill, sudo, databases, containers, clouds."""

from __future__ import annotations

import re
from itertools import pairwise

from orchestrator_core.guard.checks import Case, Check, Met
from orchestrator_core.guard.marks import NETWORK, UNKNOWN
from orchestrator_core.guard.path_checks import written
from orchestrator_core.guard.paths import Zone
from orchestrator_core.guard.reading import only_reads
from orchestrator_core.guard.sql import destroys
from orchestrator_core.guard.tables.clouds import CLOUDS, DESTROYING, DRY, READING, SPEAKING
from orchestrator_core.guard.unwrapping import unwrapped

_STATEMENTS = {
    "psql": "-c|--command",
    "mysql": "-e|--execute",
    "sqlcmd": "-Q|-q",
    "clickhouse-client": "-q|--query",
    "clickhouse": "-q|--query",
    "clickhouse-local": "-q|--query",
    "duckdb": "-c|-s|-cmd",
    "litecli": "-e|--execute",
    "iredis": "",
    "influx": "-execute",
    "surreal": "",
    "tsql": "",
    "osql": "-Q|-q",
    "spark-sql": "-e",
    "spanner-cli": "-e",
    "snow": "-q|--query",
    "ksql": "--execute",
    "cqlsh": "-e",
    "cockroach": "-e|--execute",
    "mongo": "--eval",
    "usql": "-c",
    "snowsql": "-q",
    "trino": "--execute",
    "presto": "--execute",
    "sqlite3": "-cmd",
    "bq": "",
    "redis-cli": "",
    "wrangler": "--command",
    "turso": "",
    "prisma": "",
    "osqueryi": "",
    "neo4j": "",
    "cypher-shell": "",
    "pgcli": "-c",
    "mycli": "-e",
    "hive": "-e",
    "beeline": "-e",
    "impala-shell": "-q",
    "isql": "",
    "sqlplus": "",
    "arangosh": "--javascript.execute-string",
}
_BEHIND_THE_FILE = {"sqlite3", "duckdb", "litecli"}
_IN_OPERANDS = {"bq", "turso", "isql", "cypher-shell", "surreal", "edgedb", "iredis"}
_WRITES = re.compile(
    r"""(?im)^\s*\.(?:output|once|save|backup|clone|log|excel)\s+(?:-\w+\s+)*['"]?([^\s'"|]+)"""
    r"""|\bwritefile\s*\(\s*'([^']+)'|\bcopy\b[^;]*\bto\s+'([^']+)'"""
)
_LOADS = re.compile(r"(?im)^\s*\.load\s|\bedit\s*\([^)]*,|^\s*\.(?:once|output|excel)\s+['\"]?\|")
_MOUNTS = "-v|--volume|--mount"


def _killed(case: Case) -> Met:
    targets = list(case.args)
    if targets and targets[0] in {"-l", "-L", "-0", "--list"}:
        return
    if targets and targets[0] in {"-s", "-n", "--signal"}:
        targets = targets[2:]
    elif len(targets) > 1 and targets[0].startswith("-"):
        targets = targets[1:]
    for one in targets:
        if one == "-1":
            yield "proc.kill_all", one
        elif one in {"1", "0"} or NETWORK in one:
            yield "proc.kill", one
        elif UNKNOWN in one:
            yield "proc.kill_many", "kill"


def _raised(case: Case) -> Met:
    if case.given.has("-l|-v|-V|-k|-K|--list|--validate|--version"):
        return
    inner = unwrapped([case.program, *case.args], None)
    words = inner[0].words if inner else ()
    if not words or not only_reads(" ".join(words)):
        yield "priv.sudo", words[0] if words else case.program


def _database(case: Case) -> Met:
    options = _STATEMENTS[case.program]
    texts = [one for one in case.given.values_of(options) if one] if options else []
    texts = texts or [value for value in _behind(options, case.args) if value]
    texts += case.operands[1:] if case.program in _BEHIND_THE_FILE else []
    if case.program in _IN_OPERANDS:
        texts += case.operands
    stdin = case.invocation.stdin
    if stdin:
        texts.append(stdin)
    for text in texts:
        yield from _left_in_files(text, case)
        found = destroys(text, case.program)
        if found:
            yield "db.sql", found
        elif UNKNOWN in text or NETWORK in text:
            yield "shell.unknown_command", case.program


def _left_in_files(text: str, case: Case) -> Met:
    """`.output file`, `writefile('file', …)`, `copy … to 'file'`; and code that is loaded."""
    if _LOADS.search(text):
        yield "code.unclear", text
    for dotted, called, copied in _WRITES.findall(text):
        yield from written(dotted or called or copied, case)


def _behind(options: str, args: tuple[str, ...]) -> list[str]:
    """For programs whose options are not known: what follows one of these, or stands in it."""
    names = options.split("|")
    found = [value for name, value in pairwise(args) if name in names]
    return found + [one.partition("=")[2] for one in args if one.partition("=")[0] in names]


def _container(case: Case) -> Met:
    values = [
        *_behind(_MOUNTS, case.args),
        *(one[2:] for one in case.args if re.match(r"-v[/~.$]", one)),
    ]
    for value in values:
        source = re.search(r"(?:source|src)=([^,]+)", value)
        path = source[1] if source else value.partition(":")[0]
        if path.startswith(("/", "~", ".")) and _exposes(path, case):
            yield "container.mount", path


def _exposes(path: str, case: Case) -> bool:
    if path.endswith(("docker.sock", "containerd.sock", "crio.sock")):
        return True
    return any(
        place.zone in {Zone.SYSTEM, Zone.HOME}
        or re.match(r"/(etc|root|boot|proc|sys|var/lib|var/run)(/|$)", place.path)
        for place in case.places_of(path)
    )


def _cloud(case: Case) -> Met:
    cloud = CLOUDS[case.program]
    operands = [one.lower() for one in case.operands]
    if case.given.has(DRY) or _asks(case.program, operands):
        return
    if not operands:
        if cloud.bare:
            yield "cloud.change", case.program
        return
    also = set(cloud.reading.split())
    if any(re.split(r"[:-]", one)[0] in DESTROYING for one in operands[:3]):
        yield "cloud.change", " ".join(operands[:3])
    elif cloud.place is None:
        if not any(_reads(one, also) for one in operands[:5]):
            yield "cloud.change", " ".join(operands[:3])
    elif not _at_place(operands, cloud.place, also, case):
        yield "cloud.change", " ".join(operands[:3])


def _asks(program: str, operands: list[str]) -> bool:
    """What it asks about may be named after something that destroys."""
    return program == "kubectl" and (
        operands[:2] == ["auth", "can-i"] or operands[:1] in ([one] for one in _ASKING)
    )


def _at_place(operands: list[str], place: int, also: set[str], case: Case) -> bool:
    if case.program == "aws" and operands[0] == "s3" and len(operands) > 1:
        return _object_store(operands[1:], case)
    if case.program == "gsutil" and operands[0] in {"cp", "rsync"}:
        return _object_store(operands, case)
    if len(operands) <= place:
        return place == 1 and operands[0] in {"help", "configure"}
    pair = ":".join(operands[:2])
    nested = case.program in {"terraform", "pulumi", "kubectl", "helm", "eb"}
    if nested and len(operands) > 1 and operands[0] in _GROUPS:
        return operands[1] in _GROUPS[operands[0]]
    if case.program == "kubectl" and operands[0] == "cp":
        return ":" not in operands[-1]
    return _reads(operands[place], also) or pair in also


#: Verbs of kubectl that only ask.
_ASKING = ("explain", "wait", "krew", "logs", "describe", "help")
_GROUPS = {
    "state": {"list", "show", "pull"},
    "workspace": {"list", "show", "select", "new"},
    "stack": {"ls", "output", "select", "init", "graph", "history", "export"},
    "config": {
        "view",
        "get",
        "get-contexts",
        "current-context",
        "use-context",
        "get-clusters",
        "get-users",
        "set",
        "set-context",
    },
    "rollout": {"status", "history"},
    "auth": {"can-i", "whoami"},
    "repo": {"add", "list", "update", "index"},
    "plugin": {"list", "ls"},
}


def _object_store(operands: list[str], case: Case) -> bool:
    """What is fetched, or listed, changes nothing there."""
    verb, *paths = operands
    if verb in {"ls", "presign"}:
        return True
    there = ("s3://", "gs://")
    down = bool(paths) and paths[0].startswith(there) and not paths[-1].startswith(there)
    return verb in {"cp", "sync", "rsync"} and down and not case.given.has("--delete|-d")


def _reads(word: str, also: set[str]) -> bool:
    first = re.split(r"[:-]", word)[0]
    return word in also or first in READING or (":" in word and first in also)


def check_verbs(case: Case) -> Met:
    """A program that nobody here knows says itself that it destroys."""
    if case.program in SPEAKING or case.program in CLOUDS:
        return
    for one in case.operands[:3]:
        words = {one.lower(), *re.split(r"[:]", one.lower())[-1:]}
        if words & DESTROYING:
            yield "verb.destroy", f"{case.program} {one}"
            return


def _evaluated(case: Case) -> Met:
    """PowerShell's `iex`; Elixir's shell of the same name is fed nothing."""
    if case.invocation.stdin and not case.args:
        yield "net.run_download", case.program


PROGRAM_CHECKS: dict[str, Check] = {
    "kill": _killed,
    "sudo": _raised,
    "docker": _container,
    "iex": _evaluated,
    **dict.fromkeys(_STATEMENTS, _database),
}


def program_checks(program: str) -> list[Check]:
    found = [PROGRAM_CHECKS[program]] if program in PROGRAM_CHECKS else []
    return [*found, _cloud] if program in CLOUDS else found
