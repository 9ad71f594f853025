"""What simple programs write, so far as their arguments and input tell; marks for the rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice, pairwise

from orchestrator_core.guard.decoding import Call, base_64, cat, echo, rev, translated, xxd
from orchestrator_core.guard.files import Files
from orchestrator_core.guard.marks import FILE, NETWORK, UNKNOWN, known
from orchestrator_core.guard.state import State

#: Everything below the directory, as a pattern.
_BELOW = "./**/*"


def output_of(words: list[str], state: State, stdin: str | None, files: Files) -> str | None:
    """None where the program is not known to write anything of its own."""
    maker = _MAKERS.get(words[0])
    if maker is not None:
        return maker(Call(words, state, stdin, files))
    if words[0] in _SETUP and _SETUP[words[0]].search(" ".join(words[1:])):
        return ":"
    return NETWORK if stdin is not None and NETWORK in stdin else None


def _filter(call: Call) -> str:
    """Part of what it reads, or something made of it."""
    text = call.stdin or ""
    if NETWORK in text:
        return NETWORK
    if text.strip() in _PATTERNS or ("*" in text and known(text)):
        return text
    return FILE if FILE in text or call.given().operands[1:] else UNKNOWN


def _changed(call: Call) -> str:
    """Something made of what it reads, that cannot be told from it."""
    text = _filter(call)
    return UNKNOWN if text == FILE else text


#: Names that stand for everything pass a filter as they are.
_PATTERNS = {_BELOW}


def _find(call: Call) -> str:
    roots = [one for one in call.args if one == one.lstrip("-(!")]
    place = roots[0] if roots and call.args[0] == roots[0] else "."
    for before, flag, pattern in zip(["", *call.args], call.args, call.args[1:], strict=False):
        if before in {"!", "-not"}:
            continue
        if flag in {"-name", "-iname"}:
            return f"{place}/**/{pattern}\n"
        if flag in {"-path", "-ipath", "-wholename"}:
            return f"{place}/{pattern.lstrip('*/')}\n"
    return f"{place}/**/*\n"


def _names(call: Call) -> str:
    """Names of files below where it stands, if it was asked for names only."""
    if call.given().has("-l|--files-with-matches|-L|--files-without-match|--files"):
        return _BELOW + "\n"
    return _filter(call)


def _git(call: Call) -> str:
    words = " ".join(call.args)
    if "grep" in words:
        return _names(call)
    if re.search(r"\bls-files|--name-only|--name-status|--diff-filter", words):
        return _BELOW + "\n"
    if "--show-toplevel" in words:
        return (call.state.cwds or (UNKNOWN,))[0]
    if re.search(r"rev-parse|merge-base|--show-current|describe|symbolic-ref|rev-list", words):
        return "abc123"
    return UNKNOWN


def _seq(call: Call) -> str:
    numbers = [one for one in call.args if re.fullmatch(r"-?\d{1,6}", one)]
    if not numbers or len(numbers) != len(call.args):
        return UNKNOWN
    first = int(numbers[0]) if len(numbers) > 1 else 1
    return "\n".join(str(n) for n in islice(range(first, int(numbers[-1]) + 1), 64)) + "\n"


def _ls(call: Call) -> str:
    names = call.given().operands
    if not names:
        return "./*\n"
    return "".join(one if "*" in one else f"{one}/*" for one in names) + "\n"


def _lsof(call: Call) -> str:
    # A process that holds a certain port.
    return "4242" if re.search(r"-\w*i|:\d", " ".join(call.args)) else UNKNOWN


def _which(call: Call) -> str:
    return " ".join(call.given().operands[:1])


def _basename(call: Call) -> str:
    names = call.given().operands
    if not names or not known(names[0]):
        return "name"
    return names[0].rstrip("/").rpartition("/")[2].removesuffix(names[1] if names[1:] else "")


def _dirname(call: Call) -> str:
    names = call.given().operands
    return names[0].rstrip("/").rpartition("/")[0] or "." if names else UNKNOWN


def _constant(text: str) -> Callable[[Call], str]:
    return lambda _call: text


def _cwd(call: Call) -> str:
    return call.state.cwds[0] if len(call.state.cwds) == 1 else UNKNOWN


def _mktemp(call: Call) -> str:
    names = call.given().operands
    return names[-1] if names and "/" in names[-1] else "/tmp/tmp.Ab12"  # noqa: S108


def _tee(call: Call) -> str:
    for name in call.given().operands:
        if known(name):
            call.files.write(call.files.key(name, call.state), call.stdin or "")
    return call.stdin or ""


def _copy(call: Call) -> str:
    names = call.given().operands
    for source in names[:-1]:
        call.files.copy(source, names[-1], call.state)
    return ""


def _link(call: Call) -> str:
    names = call.given().operands
    if len(names) > 1 and call.given().has("-s|--symbolic") and known(names[0] + names[-1]):
        key = call.files.key(names[-1], call.state)
        call.files.links[key] = names[0]
    _copy(call)
    return ""


def _pipe(call: Call) -> str:
    """What will come out of a named pipe is not known."""
    for name in call.given().operands:
        call.files.write(call.files.key(name, call.state), UNKNOWN)
    return ""


def _download(call: Call) -> str:
    args = call.args
    name = ""
    for flag, value in pairwise(args):
        if re.fullmatch(call.output, flag):
            name = value
    urls = [one for one in args if "/" in one and not one.startswith("-") and one != name]
    for url in urls:
        call.files.write(call.files.key(url.rpartition("/")[2] or "?", call.state), NETWORK)
    if name and name != "-":
        call.files.write(call.files.key(name, call.state), NETWORK)
    return NETWORK


_MAKERS: dict[str, Callable[[Call], str]] = {
    "echo": echo,
    "cat": cat,
    "base64": base_64,
    "xxd": xxd,
    "rev": rev,
    "tr": translated,
    "find": _find,
    "fd": _constant(_BELOW + "\n"),
    "grep": _names,
    "rg": _names,
    "git": _git,
    "seq": _seq,
    "ls": _ls,
    "lsof": _lsof,
    "which": _which,
    "basename": _basename,
    "dirname": _dirname,
    "realpath": _which,
    "readlink": lambda call: (call.given().operands or [UNKNOWN])[-1],
    "pwd": _cwd,
    "mktemp": _mktemp,
    "tee": _tee,
    "cp": _copy,
    "mv": _copy,
    "install": _copy,
    "ln": _link,
    "mkfifo": _pipe,
    "curl": _download,
    "wget": _download,
    "aria2c": _download,
    "http": _constant(NETWORK),
    "nc": _constant(NETWORK),
    "openssl": _changed,
    "lynx": _constant(NETWORK),
    "date": _constant("20260101"),
    "nproc": _constant("4"),
    "whoami": _constant("user"),
    "hostname": _constant("host"),
    "uname": _constant("Linux"),
    "id": _constant("1000"),
    "true": _constant(""),
    ":": _constant(""),
    "uuidgen": _constant("0000"),
    "tempfile": _constant("/tmp/tmp.Ab12"),  # noqa: S108
    **dict.fromkeys(("head", "tail", "sort", "uniq", "tac", "less"), _filter),
    **dict.fromkeys(("gunzip", "zcat", "gzip", "bzip2", "xz", "zstd", "jq", "awk"), _changed),
    **dict.fromkeys(("sed", "cut", "gpg", "perl", "python", "ruby", "node"), _changed),
}

#: Programs whose output is made to be evaluated.
_SETUP = {
    "ssh-agent": re.compile(""),
    "direnv": re.compile("^(hook|export)"),
    "pyenv": re.compile("^(init|virtualenv-init)"),
    "rbenv": re.compile("^init"),
    "nodenv": re.compile("^init"),
    "fnm": re.compile("^env"),
    "brew": re.compile("^shellenv"),
    "starship": re.compile("^init"),
    "zoxide": re.compile("^init"),
    "opam": re.compile("^env"),
    "minikube": re.compile("^(-p \\S+ )?docker-env"),
    "mise": re.compile("^(activate|env)"),
    "conda": re.compile("^shell"),
    "dircolors": re.compile(""),
    "thefuck": re.compile("--alias"),
}
