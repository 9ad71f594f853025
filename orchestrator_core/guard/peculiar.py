"""Programs that start others in a manner of their own: find, xargs, env, git, vim …"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from orchestrator_core.guard.consoles import debugger, editor, escaping, make, pager
from orchestrator_core.guard.files import Files
from orchestrator_core.guard.git_code import git, in_words
from orchestrator_core.guard.invocations import Nested
from orchestrator_core.guard.marks import NETWORK, UNKNOWN, known
from orchestrator_core.guard.options import given
from orchestrator_core.guard.outputs import output_of
from orchestrator_core.guard.state import State

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_MANY = 40
_RUN_LINE = re.compile(r"(?im)^[ \t]*RUN[ \t]+(?:--\S+[ \t]+)*(\S.*)$")
_LISTED_WORDS = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FED_FILE = re.compile(r"(?:^| )(?:-f|--file)(?: |=)?-(?: |$)")


def _env(args: list[str], stdin: str | None) -> list[Nested]:
    rest = list(args)
    variables: list[tuple[str, str]] = []
    cwd = None
    while rest:
        one = rest.pop(0)
        if found := _ASSIGNMENT.fullmatch(one):
            variables.append((found[1], found[2]))
        elif one in {"-u", "--unset", "-P"}:
            rest = rest[1:]
        elif one in {"-C", "--chdir"}:
            cwd, rest = (rest or [UNKNOWN])[0], rest[1:]
        elif one.startswith("--chdir="):
            cwd = one.partition("=")[2]
        elif one.startswith(("-S", "--split-string", "-vS")):
            text = re.sub(r"^(-v?S|--split-string=?)", "", one)
            rest = in_words(" ".join([text, *rest]) if text else " ".join(rest))
        elif not one.startswith("-"):
            inner = (one, *rest)
            return [Nested(words=inner, stdin=stdin, variables=tuple(variables), cwd=cwd)]
    return []


def _find(args: list[str], _stdin: str | None) -> list[Nested]:
    found: list[Nested] = []
    names = output_of(["find", *args], State("/", ()), None, Files()) or ""
    rest = list(args)
    while rest:
        if rest.pop(0) not in {"-exec", "-execdir", "-ok", "-okdir"}:
            continue
        command: list[str] = []
        while rest and rest[0] not in {";", "+"}:
            command.append(rest.pop(0))
        if command:
            filled = tuple(one.replace("{}", names.strip()) for one in command)
            found.append(Nested(words=filled))
    return found


def _fd(args: list[str], _stdin: str | None) -> list[Nested]:
    ending = next((b for a, b in pairwise(args) if a in {"-e", "--extension"}), "")
    for place, one in enumerate(args):
        if one in {"-x", "-X", "--exec", "--exec-batch"}:
            pattern = next((a for a in args[:place] if not a.startswith("-")), "*")
            name = f"./**/*{pattern}*" if pattern not in {".", "*"} else "./**/*"
            name = f"./**/*.{ending}" if pattern == ending else name
            words = tuple(re.sub(r"\{[./]*\}", name, a) for a in args[place + 1 :])
            return [Nested(words=words if "{" in str(args) else (*words, name))]
    return []


_XARGS = {
    "-I",
    "-n",
    "-P",
    "-L",
    "-d",
    "-E",
    "-s",
    "-a",
    "--arg-file",
    "--delimiter",
    "--max-args",
}
_XARGS |= {"--max-procs", "--max-lines", "--replace", "-J", "-R", "-S"}


def _xargs(args: list[str], stdin: str | None) -> list[Nested]:
    rest, slot = list(args), ""
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option.startswith(("-I", "-J")):
            slot = option[2:] or (rest[:1] or [""])[0]
        elif option in {"-i", "--replace"}:
            slot = "{}"
        if option in _XARGS and rest and option != "--replace":
            rest.pop(0)
        if option == "--":
            break
    whole = "-0" in args or "--null" in args
    items = _items(stdin, "\0" if whole else "\n" if slot else None)
    command = rest or ["echo"]
    if slot:
        return [
            Nested(words=tuple(word.replace(slot, item) for word in command))
            for item in items[:_MANY]
        ]
    return [Nested(words=(*command, *items))]


def _items(stdin: str | None, sign: str | None = None) -> list[str]:
    """Parted at blanks, or at `sign`; names that stand for others are never parted."""
    if stdin is None or not known(stdin):
        return [UNKNOWN]
    if sign is None or (sign == "\n" and "*" in stdin):
        return stdin.replace("\0", "\n").split()
    return [one for one in stdin.rstrip("\n").split(sign) if one]


def _parallel(args: list[str], stdin: str | None) -> list[Nested]:
    rest = list(args)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if re.fullmatch(r"-[jPnNLSIda]|--(jobs|max-procs|sshlogin|delay|timeout|joblog)", option):
            rest = rest[1:]
    place = next((i for i, one in enumerate(rest) if one.startswith(":::")), len(rest))
    command, items = rest[:place], rest[place + 1 :] or _items(stdin)
    if not command:
        return [Nested(code=item) for item in items]
    return [
        Nested(code=text.replace("{}", item) if "{}" in text else f"{text} {item}")
        for item in items[:_MANY]
        for text in [" ".join(command)]
    ]


def _python(args: list[str], stdin: str | None) -> list[Nested]:
    flags = given("", [])
    for place, one in enumerate(args):
        if re.fullmatch(r"-[bBdEiIOPqsSuvx]*m", one):
            return [Nested(words=tuple(args[place + 1 :]), stdin=stdin)]
        if not one.startswith("-") or one in {"-", "-c"} or flags.operands:
            return []
    return []


def _tar(args: list[str], _stdin: str | None) -> list[Nested]:
    flags = given("tar", args)
    codes = [
        value.removeprefix("exec=")
        for value in flags.values_of("--checkpoint-action|--to-command|-I|--use-compress-program")
        if not value.startswith(("dot", "echo", "bell", "sleep", "ttyout", "totals"))
    ]
    return [Nested(code=one) for one in codes]


def _remote_shell(args: list[str], _stdin: str | None) -> list[Nested]:
    """`rsync -e`, `ssh -o ProxyCommand=`: commands run here."""
    found = []
    for option, value in pairwise([*args, ""]):
        text = f"{option} {value}"
        proxy = re.search(
            r"(?i)(?:ProxyCommand|LocalCommand|KnownHostsCommand|Match exec)[= ]\s*(.+)", text
        )
        if proxy and option.startswith("-o"):
            found.append(Nested(code=proxy[1]))
    return found


def _rsync(args: list[str], stdin: str | None) -> list[Nested]:
    shells = given("rsync", args).values_of("-e|--rsh")
    return [*_remote_shell(args, stdin), *(Nested(code=one) for one in shells)]


def _fed(_args: list[str], stdin: str | None) -> list[Nested]:
    """`at now <<< 'code'`"""
    return [Nested(code=stdin)] if stdin else []


def _npx(args: list[str], stdin: str | None) -> list[Nested]:
    """`npx -y rimraf@5 x`: the version is no part of the name."""
    rest = [one for one in args if not one.startswith("-")]
    if rest and "@" in rest[0][1:]:
        name = rest[0][0] + rest[0][1:].partition("@")[0]
        place = args.index(rest[0])
        return [Nested(words=(name, *args[place + 1 :]), stdin=stdin)]
    return []


def _maven(args: list[str], _stdin: str | None) -> list[Nested]:
    """`mvn exec:exec -Dexec.executable=rm -Dexec.args='-rf x'`"""
    told = dict(one[7:].partition("=")[::2] for one in args if one.startswith("-Dexec."))
    program = told.get("executable", "")
    return [Nested(code=f"{program} {told.get('args', UNKNOWN)}")] if program else []


def _deno(args: list[str], stdin: str | None) -> list[Nested]:
    """`deno run -A npm:rimraf x`"""
    for place, one in enumerate(args):
        if one.startswith("npm:"):
            name = one.removeprefix("npm:")
            name = name[:1] + name[1:].partition("@")[0]
            return [Nested(words=(name, *args[place + 1 :]), stdin=stdin)]
    return []


def _uv(args: list[str], stdin: str | None) -> list[Nested]:
    """`uv run -`: code that is fed."""
    return (
        [Nested(words=("python", "-"), stdin=stdin)]
        if stdin and args[-1:] in (["-"], ["run"])
        else []
    )


def _ssh(args: list[str], stdin: str | None) -> list[Nested]:
    found = _remote_shell(args, stdin)
    if stdin and len(given("ssh", args).operands) == 1:
        found.append(Nested(code=stdin, away=True))
    return found


def _docker(args: list[str], stdin: str | None) -> list[Nested]:
    """`docker run --entrypoint rm image -rf x`"""
    for place, one in enumerate(args):
        name, _, value = one.partition("=")
        if name == "--entrypoint":
            program = value or (args[place + 1 : place + 2] or [""])[0]
            rest = args[place + (1 if value else 2) :]
            return [Nested(words=(*in_words(program), *rest), stdin=stdin, away=True)]
    if "build" in args[:2] and (args[-1] == "-" or _FED_FILE.search(" ".join(args))):
        return _docker_file(stdin or "")
    return []


def _docker_file(text: str) -> list[Nested]:
    """What a Dockerfile that is fed would run."""
    if not known(text):
        # As code, so that one from the network is seen for what it is.
        return [Nested(code=text, away=True)] if NETWORK in text else []
    lines = re.sub(r"\\\n", " ", text)
    found = []
    for line in _RUN_LINE.findall(lines)[:_MANY]:
        listed = _LISTED_WORDS.findall(line) if line.startswith("[") else None
        one = Nested(words=tuple(listed), away=True) if listed else Nested(code=line, away=True)
        found.append(one)
    return found


PECULIAR: dict[str, Callable[[list[str], str | None], list[Nested]]] = {
    "env": _env,
    "find": _find,
    "fd": _fd,
    "xargs": _xargs,
    "parallel": _parallel,
    "python": _python,
    "git": git,
    "tar": _tar,
    "vim": editor,
    "rsync": _rsync,
    "scp": _remote_shell,
    "sftp": _remote_shell,
    "ssh": _ssh,
    "at": _fed,
    "batch": _fed,
    "make": make,
    "npx": _npx,
    "deno": _deno,
    "mvn": _maven,
    "uv": _uv,
    "docker": _docker,
    "gdb": debugger,
    **dict.fromkeys(("psql", "sqlite3", "mysql", "ed", "ftp", "gnuplot"), escaping),
    **dict.fromkeys(("man", "less", "more"), pager),
}
