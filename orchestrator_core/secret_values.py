"""Secrets known by their name (`TOKEN=…`, `"password": "…"`) or by looking random.

As `orchestrator_core/secret_shapes.py` it finds; it changes nothing. Names and randomness leave
room for doubt, and what developers show each other all day must stay readable, so:

- A name in capitals with `=` right behind it (`API_KEY=…`, `DB_PASSWORD=…`) hides any value but
  numbers, yes and no, paths and references (`$OTHER`, `<your key>`).
- Any other name (`password: …`, `"apiKey": "…"`, `--token …`) hides a value that looks like one:
  a password with a digit in it, a token or key of 16 characters and more with letters and digits
  mixed; in quotes half of that is enough.
- 64 and more hexadecimal digits are hidden, unless said to be a digest (`sha256:…`). 32 to 63 are
  only hidden where a word like key or token stands before them on their line: 40 are a commit.
- 40 and more characters of Base64 are hidden when small letters, capitals and digits alternate as
  they do by chance, and not as in paths and identifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from orchestrator_core.secret_shapes import VALUE, Span, spans_behind, to_its_end

_NEEDLES = ("token", "secret", "pass", "pwd", "key", "credential")
_ASSIGNED = re.compile(
    rf"""(?P<suffix>[A-Za-z0-9_-]{{0,40}}+)["']?
    (?P<sign>[ \t]{{0,3}}(?:=>|:=|=|:)[ \t]{{0,3}}|[ \t]{{1,3}})
    (?P<quote>["']?)(?P<value>{VALUE}{{1,256}}+)(?P<after>[(\[]?)""",
    re.VERBOSE,
)
_NAME_BEFORE = re.compile(r"[A-Za-z0-9_-]*\Z")
_LONGEST_NAME = 40
#: How long a value must be, and how often a letter must stand by a digit.
_SHORT, _SHORT_IN_QUOTES, _LONG = 6, 8, 16
_MIXED_IN_QUOTES, _MIXED = 2, 3
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PASSWORDS = ("pass", "password", "passwd", "passphrase", "passcode", "pwd")
_ENDINGS = ("token", "secret", "password", "passwd", "apikey", "credential", "credentials")
#: What names with such a last part hold is about a secret, not one.
_ABOUT = re.compile(
    "file|path|dir|directory|name|id|url|uri|host|type|kind|size|length|len|count|limit|max|min|"
    "ttl|days|hours|minutes|seconds|expiry|expires|format|header|prefix|algorithm|alg|enabled|"
    "required|version|field|column|index|words?"
)
#: What stands for a value, or is too plain for one.
_PLACEHOLDER = re.compile(
    r"(?:\$\w*|%s|[*x.…•-]+|true|false|none|null|nil|undefined|yes|no|on|off|str|string|bytes|any|"
    r"secretstr|(?:your|example|dummy|fake)[-_].*|changeme|"
    r"password|passwd|passphrase|secret|token|key|value|redacted)\Z",
    re.IGNORECASE,
)
#: `KEY=VALUE` explains how something is written.
_CAPITALS = re.compile(r"[A-Z_]{1,20}\.?\Z")
_LETTER, _DIGIT = re.compile(r"[^\W\d_]"), re.compile("[0-9]")
_NUMBER = re.compile(r"-?\d{1,7}(?:\.\d+)?\Z")
_PATH = re.compile(
    r"(?:~|\.{1,2})?/[\w.@~-]+(?:/[\w.@~-]*)+\Z|[\w./~-]+\.(?:pem|key|json|txt|env|ya?ml|crt|pub)\Z"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)

_RUN = re.compile(r"[A-Za-z0-9+/_-]{32,}+={0,2}")
_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32,}+(?![0-9A-Za-z])")
_SURELY_HEX, _SURELY_RANDOM = 64, 40
_KINDS_OF_CHARACTER = 16
_LOOK_BACK = 48
_DIGEST = re.compile(
    r"(?:sha-?\d{1,3}|sha3-\d{3}|blake2[bs]|md5|h1|digest|checksum|integrity|hash)[\s:=/\"'-]{1,3}\Z",
    re.IGNORECASE,
)
_KEY_WORD = re.compile(
    r"\b\w{0,20}(?:token|secret|passw\w+|credential|bearer|hmac)|key\b", re.IGNORECASE
)
_COMMIT_WORD = re.compile(
    r"\b(?:commit|sha\d*|rev|revision|tree|parent|merge|hash|digest|checksum|blob|object|head|fingerprint)",
    re.IGNORECASE,
)
_LETTER_BY_DIGIT = re.compile(r"(?<=[A-Za-z])[0-9]|(?<=[0-9])[A-Za-z]")
_CASE_CHANGES = re.compile(r"(?<=[a-z])[A-Z]|(?<=[A-Z])[a-z]")
#: How the public keys of SSH begin.
_PUBLIC = ("AAAAB3NzaC1", "AAAAC3NzaC1", "AAAAE2VjZHNh", "AAAAGnNr")


def named_values_in(text: str, lower: str) -> Iterator[Span]:
    """`lower`: the text in small letters, character for character."""
    for needle in _NEEDLES:
        if needle in lower:
            yield from spans_behind(needle, text, lower, _assigned)


def random_strings_in(text: str) -> Iterator[Span]:
    for run in _RUN.finditer(text):
        found = [
            one.span() for one in _HEX.finditer(text, *run.span()) if _is_secret_hex(text, one)
        ]
        yield from found
        if not found and _is_random_base64(run.group()) and not _is_digest(text, run.start()):
            yield run.span()


def is_secret_name(name: str) -> bool:
    """Whether what stands under this name, in JSON or a form, is a secret for being there."""
    parts = _parts(name)
    return bool(parts) and (
        parts[-1] in {*_PASSWORDS, "authorization", "cookie", "cookies"}
        or parts[-1].endswith(_ENDINGS)
        or parts[-2:] in (["api", "key"], ["access", "key"], ["secret", "key"], ["private", "key"])
    )


def _assigned(text: str, place: slice) -> Iterator[Span]:
    found = _ASSIGNED.match(text, place.stop)
    if found is None or _PLACEHOLDER.match(found["value"]):
        return
    before = _NAME_BEFORE.search(text, max(0, place.start - _LONGEST_NAME), place.start)
    name = (before.group() if before else "") + text[place.start : found.end("suffix")]
    parts = _parts(name)
    has_sign = bool(found["sign"].strip())
    if not parts or _ABOUT.fullmatch(parts[-1]) or not (has_sign or name.startswith("--")):
        return
    if name == name.upper() and found["sign"] == "=":
        hidden = _is_set(parts, found["value"])
    else:
        in_quotes = bool(found["quote"]) or (has_sign and name.startswith("--"))
        hidden = not found["after"] and _looks_secret(parts[-1], found["value"], in_quotes)
    if hidden:
        yield to_its_end(text, found)


def _parts(name: str) -> list[str]:
    return [part.lower() for part in _PARTS.findall(name)]


def _is_kind(part: str) -> bool:
    return part in _PASSWORDS or part == "key" or part.endswith(_ENDINGS)


def _is_set(parts: Sequence[str], value: str) -> bool:
    """Whether a variable of the environment is given a secret."""
    if not any(map(_is_kind, parts)) or _PATH.match(value) or _CAPITALS.match(value):
        return False
    return parts[-1].endswith(_PASSWORDS) or not _NUMBER.match(value)


def _looks_secret(kind: str, value: str, in_quotes: bool) -> bool:
    if not _is_kind(kind) or _PATH.match(value) or (kind == "key" and _UUID.match(value)):
        return False
    if kind.endswith(_PASSWORDS):
        has_letter, has_digit = _LETTER.search(value), _DIGIT.search(value)
        return len(value) >= _SHORT and bool(has_letter and (has_digit or in_quotes))
    long_enough = len(value) >= (_SHORT_IN_QUOTES if in_quotes else _LONG)
    mixed = _MIXED_IN_QUOTES if in_quotes else _MIXED
    return long_enough and len(_LETTER_BY_DIGIT.findall(value)) >= mixed


def _is_secret_hex(text: str, found: re.Match[str]) -> bool:
    if _is_digest(text, found.start()):
        return False
    if len(found.group()) >= _SURELY_HEX:
        return True
    before = text[max(0, found.start() - _LOOK_BACK) : found.start()].rpartition("\n")[2]
    words = list(_KEY_WORD.finditer(before))
    return bool(words) and _COMMIT_WORD.search(before, words[-1].end()) is None


def _is_digest(text: str, start: int) -> bool:
    """Whether it says so itself. `start`: of the run, which may begin with the word."""
    return _DIGEST.search(text, max(0, start - 16), start) is not None or (
        re.match(r"sha(?:256|384|512)-", text[start : start + 7]) is not None
    )


def _is_random_base64(run: str) -> bool:
    body = run.rstrip("=")
    return (
        len(body) >= _SURELY_RANDOM
        and not run.startswith(_PUBLIC)
        and len(set(body)) >= _KINDS_OF_CHARACTER
        and len(_LETTER_BY_DIGIT.findall(body)) * 12 >= len(body)
        and len(_CASE_CHANGES.findall(body)) * 6 >= len(body)
    )
