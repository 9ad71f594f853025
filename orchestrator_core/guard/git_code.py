"""What git starts when its options, settings and verbs tell it to."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise

from orchestrator_core.guard.invocations import Nested
from orchestrator_core.guard.marks import UNKNOWN
from orchestrator_core.guard.options import given


def in_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return [UNKNOWN]


def git(args: list[str], _stdin: str | None) -> list[Nested]:
    flags = given("git", args)
    codes = [_command_of_setting(value) for value in flags.values_of("-c|--config|--config-env")]
    verb, *rest = flags.operands or [""]
    if verb == "config":
        codes += [_command_of_setting("=".join(one)) for one in pairwise(rest)]
    elif verb == "submodule" and "foreach" in rest:
        words = args[args.index("foreach") + 1 :]
        codes.append(" ".join(one for one in words if one != "--recursive"))
    elif verb in _GIT_CODE:
        names = _GIT_CODE[verb]
        codes += [value for option, value in pairwise(args) if option in names]
        codes += [one.partition("=")[2] for one in args if one.partition("=")[0] in names]
        codes += [one[2:] for one in args if one[:2] in names and one[1:2] != "-"]
    found = [Nested(code=one) for one in codes if one]
    found += _aliases([*flags.values_of("-c"), *("=".join(one) for one in pairwise(rest))])
    if verb == "bisect" and rest[:1] == ["run"]:
        found.append(Nested(words=tuple(args[args.index("run") + 1 :])))
    return found


def _aliases(settings: list[str]) -> list[Nested]:
    """Names for verbs of git itself."""
    found = (_ALIAS.fullmatch(one) for one in settings)
    return [Nested(words=("git", *in_words(one[1]))) for one in found if one]


_ALIAS = re.compile(r"(?is)alias\.\w[\w-]*=([^!].*)")
#: Options of git's verbs whose value is run.
_GIT_CODE = {
    "rebase": {"-x", "--exec"},
    "difftool": {"-x", "--extcmd"},
    "mergetool": {"--tool"},
    "grep": {"-O", "--open-files-in-pager"},
}
_SETTING = re.compile(
    r"(?i)(?:alias\.[^=]+=!(.*)"
    r"|(?:core\.(?:sshcommand|editor|pager|fsmonitor|askpass)|sequence\.editor"
    r"|gpg\.(?:\w+\.)?program|diff\.external|credential\.(?:[^=]+\.)?helper|core\.gitproxy"
    r"|interactive\.difffilter|uploadpack\.packobjectshook|remote\.[^=]+\.(?:upload|receive)pack"
    r"|trailer\.[^=]+\.(?:command|cmd)|(?:browser|man)\.[^=]+\.cmd|sendemail\.\w*cmd"
    r"|filter\.[^=]+\.(?:clean|smudge|process)"
    r"|(?:diff|merge)(?:tool)?\.[^=]+\.(?:cmd|driver|textconv)|pager\.[^=]+)=!?(.*))",
    re.DOTALL,
)


def _command_of_setting(text: str) -> str:
    found = _SETTING.fullmatch(text)
    code = (found[1] or found[2] or "") if found else ""
    return "" if code in {"true", "false", "cache", "store", "osxkeychain", "manager"} else code
