"""What secrets look like: where in a text one stands. Knows no place it is looked for in.

Every finder looks at the text from the left, from anchors that `str.find` gives, and matches each
stretch a bounded number of times: the time grows with the text and with nothing else.

No finder takes what a shell acts upon (`;`, `&`, `|`, `<`, `>`, brackets, backquotes, white
space), so that nothing a command does can be made to vanish from the card that asks about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

#: Stands where a secret stood; in no language, and itself never taken for one.
MARK = "█████"

Span = tuple[int, int]

#: What a value that nobody quoted is made of; leaves out all that ends a word in shells and code.
VALUE = r"""[^\s"'`;&|<>(){}\[\],\\█]"""


class _Kind(NamedTuple):
    """Tokens that say what they are by how they begin."""

    begins: str
    shape: re.Pattern[str]
    #: What begins so may also be the end of a longer word, and is none then.
    alone: bool


_WORD = r"[A-Za-z0-9_-]"
_IN_WORD = re.compile(_WORD)


def _token(begins: str, rest: str, *, alone: bool = False) -> _Kind:
    return _Kind(begins, re.compile(re.escape(begins) + rest), alone)


_TOKENS = (
    _token("sk-ant-", _WORD + "{8,}"),
    _token("sk-", r"(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{16,}|[A-Za-z0-9]{32,})", alone=True),
    *(_token(f"gh{kind}_", "[A-Za-z0-9]{10,}") for kind in "pousr"),
    _token("github_pat_", "[A-Za-z0-9_]{10,}"),
    _token("glpat-", _WORD + "{10,}"),
    *(_token(kind, "[A-Z0-9]{16}(?![A-Za-z0-9])", alone=True) for kind in ("AKIA", "ASIA")),
    _token("xox", r"[abceoprs](?:\.[a-z]+)?-[A-Za-z0-9-]{8,}"),
    _token("xapp-", r"[0-9]-[A-Za-z0-9-]{8,}"),
    _token("hooks.slack.com/services/", r"[A-Za-z0-9/]{10,}"),
    *(_token(f"{kind}k_{mode}_", "[A-Za-z0-9]{8,}") for kind in "rs" for mode in ("live", "test")),
    _token("whsec_", "[A-Za-z0-9+/=]{16,}"),
    _token("npm_", "[A-Za-z0-9]{20,}"),
    _token("pypi-Ag", _WORD + "{10,}"),
    _token("AIza", _WORD + "{30,}"),
    _token("ya29.", _WORD + "{10,}"),
    _token("eyJ", rf"{_WORD}{{5,}}\.eyJ{_WORD}{{5,}}(?:\.{_WORD}*)?", alone=True),
)

_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_BREAK = r"(?:\s|\\r|\\n)"
#: Line for line what a key file holds, and nothing else: a command among it ends it. Breaks may
#: be written out, as in JSON.
_PEM_BODY = re.compile(
    rf"""(?:{_BREAK}++(?:
        [A-Za-z0-9+/]{{16,}}+={{0,2}}
        |[A-Za-z0-9+/]{{1,15}}+={{0,2}}(?={_BREAK}*+-----)
        |=[A-Za-z0-9+/]{{4}}
        |(?:Proc-Type|DEK-Info|Version|Comment):[ ]?[\w,.-]{{1,80}}
    ))++""",
    re.VERBOSE,
)

#: A value is judged by so much of it, and hidden to its end.
_JUDGED = 256
_SHORTEST_BEARER, _SHORTEST_AUTHORIZATION = 6, 8
_AUTHORIZATION = re.compile(
    rf"""["']?[ \t]{{0,3}}[:=][ \t]{{0,3}}["']?
    (?:(?P<scheme>bearer|basic|token|apikey|digest|negotiate)[ \t]{{1,3}})?
    (?P<value>{VALUE}{{1,{_JUDGED}}}+)""",
    re.IGNORECASE | re.VERBOSE,
)
_BEARER = re.compile(rf"[ \t]{{1,3}}(?P<value>{VALUE}{{16,}}+)")
_PAIR = rf"[^\s\"'`;&|<>(){{}}\[\],\\=█]{{1,100}}+={VALUE}*+"
_COOKIES = re.compile(
    rf"""["']?[ \t]{{0,3}}[:=][ \t]{{0,3}}["']?(?P<pairs>{_PAIR}(?:;[ ]?{_PAIR})*+)"""
)
_PAIR_VALUE = re.compile(rf"=({VALUE}++)")
_LOGIN_IN_URL = re.compile(
    r"""[^\s/:@"'`;&|<>()\\]{0,200}+:(?P<value>[^\s/@"'`;&|<>()\\█]{1,500}+)@"""
)
#: Words of examples, and references to what stands elsewhere.
_PLAIN = re.compile(r"(?:\$\w+|%s|pass|passwd|password|secret|token|\*+)\Z", re.IGNORECASE)
_REST = re.compile(rf"{VALUE}*+")
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def secrets_in(text: str, lower: str) -> Iterator[Span]:
    """Of all but named values and random strings. Spans may overlap; in no order.

    `lower`: as `lowered` gives it.
    """
    for token in _TOKENS:
        if token.begins in text:
            yield from _tokens(text, token)
    for anchor, find in _BEHIND:
        if anchor in lower:
            yield from spans_behind(anchor, text, lower, find)


def lowered(text: str) -> str:
    """For finding words; character for character as long as the text."""
    lower = text.lower()
    # A few letters become two.
    return lower if len(lower) == len(text) else text.translate(_ASCII_LOWER)


def spans_behind(
    anchor: str, text: str, lower: str, find: Callable[[str, slice], Iterator[Span]]
) -> Iterator[Span]:
    """What `find` finds for each place of the anchor (its start, its end), but for those inside
    of what was found before."""
    at = lower.find(anchor)
    while at >= 0:
        end = at + len(anchor)
        for span in find(text, slice(at, end)):
            yield span
            end = max(end, span[1])
        at = lower.find(anchor, end)


def to_its_end(text: str, found: re.Match[str]) -> Span:
    """Of a value that was judged by its beginning."""
    start, end = found.span("value")
    rest = _REST.match(text, end)
    return start, rest.end() if rest else end


def _tokens(text: str, token: _Kind) -> Iterator[Span]:
    at = text.find(token.begins)
    while at >= 0:
        found = None
        if not token.alone or at == 0 or not _IN_WORD.match(text, at - 1):
            found = token.shape.match(text, at)
        if found:
            yield found.span()
        at = text.find(token.begins, found.end() if found else at + 1)


def _private_key(text: str, place: slice) -> Iterator[Span]:
    """The lines between, the last of which may be missing."""
    begin = _PEM_BEGIN.match(text, place.start)
    if begin and (body := _PEM_BODY.match(text, begin.end())):
        yield body.span()


def _login(text: str, place: slice) -> Iterator[Span]:
    found = _LOGIN_IN_URL.match(text, place.stop)
    if found and not _PLAIN.match(found["value"]):
        yield found.span("value")


def _authorization(text: str, place: slice) -> Iterator[Span]:
    found = _AUTHORIZATION.match(text, place.stop)
    if found is None or found["value"].startswith("$"):
        return
    value, scheme = found["value"], found["scheme"]
    # Without a scheme it may as well be a sentence.
    shortest = _SHORTEST_BEARER if scheme else _SHORTEST_AUTHORIZATION
    if len(value) >= shortest and (scheme or _has_digit(value)):
        yield to_its_end(text, found)


def _bearer(text: str, place: slice) -> Iterator[Span]:
    found = _BEARER.match(text, place.stop)
    if found and _has_digit(found["value"]):
        yield found.span("value")


def _cookies(text: str, place: slice) -> Iterator[Span]:
    if found := _COOKIES.match(text, place.stop):
        for value in _PAIR_VALUE.finditer(text, *found.span("pairs")):
            yield value.span(1)


def _has_digit(text: str) -> bool:
    return any("0" <= character <= "9" for character in text)


#: What is found by a word before it, in small letters.
_BEHIND = (
    ("-----begin ", _private_key),
    ("://", _login),
    ("authorization", _authorization),
    ("bearer", _bearer),
    ("cookie", _cookies),
)
