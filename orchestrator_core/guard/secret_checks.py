"""Files that hold secrets, among a program's arguments, and secrets that would be shown."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from orchestrator_core.guard.checks import Case, Met
from orchestrator_core.guard.marks import SECRET
from orchestrator_core.guard.paths import Zone
from orchestrator_core.guard.tables.names import names
from orchestrator_core.guard.tables.paths import EXAMPLES, SECRETS, SUSPECT

#: Their arguments are texts, or they only ask whether a file is there.
_NOT_READING = names("echo printf test [ ls stat file touch mkdir export = unset cd source")
#: The first operand is a pattern.
_PATTERN_FIRST = names("grep rg sed awk ag ack jq yq perl")
#: They use keys, as they must.
_USING_KEYS = names("ssh scp sftp rsync openssl ssh-keygen mkcert ssh-add mosh ansible")
_FILE_OPTIONS = {"--env-file", "-i", "--identity", "--key", "--cert", "--cacert", "--dotenv", "-m"}
_FILE_OPTIONS |= {
    "-F",
    "--message",
    "--exclude",
    "--include",
    "--glob",
    "-g",
    "-name",
    "--from-env-file",
}
_GIT_READING = {"add", "show", "diff", "cat-file", "stash", "log", "blame", "commit"}
_WHOLE_HOME = names("grep rg tar zip cp rsync scp 7z")
_LONGEST = 1000
_KEY_FILE = re.compile(r"(\.(pem|key|crt|p12|pfx|asc)|/id_\w+)$")


def check_secrets(case: Case) -> Met:
    if case.program in {"echo", "printf"}:
        if any(SECRET in one for one in case.args):
            yield "secret.shown", case.program
        return
    if case.program in _NOT_READING or _git_writes_only(case):
        return
    if case.program in _WHOLE_HOME:
        yield from _home(case)
    if case.program == "find" and not _far_find(case):
        return
    for arg in _arguments(case):
        if SUSPECT.search(arg):
            yield from _argument(arg, case)


def _git_writes_only(case: Case) -> bool:
    return case.program == "git" and not _GIT_READING & set(case.operands[:1])


def _far_find(case: Case) -> bool:
    return any(
        place.zone in {Zone.HOME, Zone.SYSTEM}
        for root in case.args[:1]
        for place in case.places_of(root)
    )


def _arguments(case: Case) -> list[str]:
    skipped = case.operands[:1] if case.program in _PATTERN_FIRST else []
    found = []
    before = ""
    for arg in case.args:
        skip = before in _FILE_OPTIONS and not (case.program == "curl" and before == "-F")
        if not skip and arg not in skipped and not arg.startswith("--env-file="):
            found.append(arg)
        before = arg if case.program != "find" else ""
    return found


def _argument(arg: str, case: Case) -> Met:
    if arg.startswith("/^"):
        # A pattern, no path.
        return
    for piece in {arg, *re.split(r"[=@:,]", arg)}:
        if SUSPECT.search(piece) and _secret(piece, case):
            yield "secret.read", piece
            return


def _secret(piece: str, case: Case) -> bool:
    if piece.startswith(("http://", "https://")) or len(piece) > _LONGEST:
        return False
    if case.program in _USING_KEYS and _KEY_FILE.search(piece):
        return case.program == "openssl" and ".ssh" in piece
    path = case.places.absolute(piece, case.invocation.cwds)
    if SECRETS.search(path):
        return True
    if re.search(r"[*?\[]", piece):
        return _may_be_one(path, case)
    return any(SECRETS.search(place.path) for place in case.places_of(piece))


def _may_be_one(path: str, case: Case) -> bool:
    cwds = case.invocation.cwds
    if path.endswith("/*") and not path.rpartition("/")[0].rpartition("/")[2].startswith("."):
        # Everything in a directory is not about its secrets.
        return False
    name = path.rpartition("/")[2]
    telling = len(re.match(r"[^*?\[]*", name)[0]) > 2  # type: ignore[index]  # noqa: PLR2004
    return any(
        fnmatchcase(case.places.absolute(one, cwds), path)
        or (telling and fnmatchcase(one.rpartition("/")[2], name))
        for one in EXAMPLES
    )


def _home(case: Case) -> Met:
    for operand in case.operands:
        if operand.startswith(("/", "~", "..")) and any(
            place.zone is Zone.HOME for place in case.places_of(operand)
        ):
            yield "secret.read", operand
