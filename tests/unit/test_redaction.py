"""Secrets never leave; ordinary text stays as it is."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator_core.messages import ApprovalTap, Bar, Button, Card, Chart, Fact, Say
from orchestrator_core.redaction import redact, redact_json, redact_message
from orchestrator_core.secret_shapes import MARK
from tests.answers import an_answer
from tests.secrets import (
    ORDINARY,
    private_key,
    secrets_known_by_where_they_stand,
    secrets_that_say_what_they_are,
)

SECRETS = secrets_that_say_what_they_are()
PLACED = secrets_known_by_where_they_stand()
AROUND = ("{}", "see {}.", "`{}`", '"{}"', "x={}&y=1", "鍵は{}です", "({})", "a\n{}\nb", "'{}',")


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_that_says_what_it_is_vanishes_wherever_it_stands(kind: str, around: str) -> None:
    redacted = redact(around.format(SECRETS[kind]))

    assert redacted == around.format(MARK)


@pytest.mark.parametrize(("before", "secret"), PLACED, ids=[before for before, _ in PLACED])
def test_a_secret_vanishes_behind_what_tells_that_it_is_one(before: str, secret: str) -> None:
    """What stands before it can still be read."""
    redacted = redact(f"run: {before}{secret}")

    assert redacted.startswith(f"run: {before}{MARK}")
    assert secret.partition("@")[0] not in redacted


@pytest.mark.parametrize("kind", ["RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", ""])
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\\n"])
def test_of_a_private_key_only_its_first_and_last_line_are_left(
    kind: str, line_break: str
) -> None:
    key = private_key(kind=kind, line_break=line_break)
    begin, *_, end = key.split(line_break)

    assert redact(f"a {key} b").replace(line_break, "") == f"a {begin}{MARK}{end} b"


def test_a_private_key_that_was_cut_off_vanishes_too() -> None:
    begin, *body = private_key().split("\n")[:-2]

    assert redact("\n".join([begin, *body])) == begin + MARK


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_cut_off_for_want_of_room_is_still_none_of_ours_to_show(kind: str) -> None:
    """Titles and names are cut; but for its beginning nothing of it may be seen."""
    if kind in {"base64", "hex", "openai-old", "aws-id", "google", "jwt"}:
        # By a beginning of these nobody can tell what they are; all others say it themselves.
        assert redact(SECRETS[kind]) == MARK
    else:
        assert redact(SECRETS[kind][:40]) == MARK


def test_of_cookies_every_value_vanishes_and_every_name_stays() -> None:
    redacted = redact("curl -H 'Cookie: a=1; b=two=2; c=' https://x")

    assert redacted == f"curl -H 'Cookie: a={MARK}; b={MARK}; c=' https://x"


def test_what_was_redacted_stays_the_same_when_redacted_again() -> None:
    for text in [*(before + secret for before, secret in PLACED), *SECRETS.values(), *ORDINARY]:
        once = redact(text)

        assert redact(once) == once


#: Pieces that finders look for, and what a shell acts upon.
PIECES = st.sampled_from(
    [
        *SECRETS.values(),
        *(part for pair in PLACED for part in pair),
        *(
            "TOKEN=",
            "password=",
            "Authorization: ",
            "Bearer ",
            "Cookie: ",
            "a=b; ",
            "://",
            "@",
            ":",
        ),
        *("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "\n", " ", '"', "'", "\\"),
        *("rm -rf ~", "$(", ")", "`", ";", "&&", "|", ">", "<", "sh", "x", "1", "█", "鍵"),
    ]
)
ACTED_UPON = re.compile(r"[;&|<>()`]")
#: As a command of its own: glued to the end of a longer word, `rm` is part of that word.
DELETION = re.compile(r"(?<![^\s;&|<>()`])rm -rf ~")


@given(st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join))
@example("TOKEN=x;rm -rf ~")
@example('echo "KEY=" ; rm -rf ~ ; echo "')
@example("-----BEGIN PRIVATE KEY-----\nrm -rf ~\n-----END PRIVATE KEY-----")
@example("Cookie: a=b; rm -rf ~")
@example("postgres://u:$(rm -rf ~)@h")
def test_nothing_a_shell_acts_upon_is_ever_hidden(text: str) -> None:
    """Or a card could be made to hide what it asks about."""
    redacted = redact(text)

    assert Counter(ACTED_UPON.findall(redacted)) == Counter(ACTED_UPON.findall(text))
    assert len(DELETION.findall(redacted)) == len(DELETION.findall(text))


@given(st.text())
def test_any_text_comes_back_as_text_of_which_nothing_was_added_but_marks(text: str) -> None:
    kept = redact(text).split(MARK)

    at = 0
    for part in kept:
        at = text.index(part, at) + len(part)


def test_in_json_every_text_is_looked_at_and_shapes_stay() -> None:
    token = SECRETS["github"]
    value = {"a": [1, None, True, 1.5, {"b": f"x {token}"}], token: "y", "t": ("z",)}

    assert redact_json(value) == {
        "a": [1, None, True, 1.5, {"b": f"x {MARK}"}],
        MARK: "y",
        "t": ["z"],
    }


@pytest.mark.parametrize("name", ["password", "apiKey", "x-api-key", "client_secret", "Cookie"])
def test_in_json_a_text_under_a_telling_name_is_hidden_whole(name: str) -> None:
    assert redact_json({name: "plain words", "n": {name: 5}}) == {name: MARK, "n": {name: 5}}


@pytest.mark.parametrize("name", ["token_count", "key", "keyboard", "password_field", "tokens"])
def test_in_json_names_that_only_sound_so_hide_nothing(name: str) -> None:
    assert redact_json({name: "plain words"}) == {name: "plain words"}


def test_what_is_nested_beyond_reason_is_hidden_whole() -> None:
    value: object = "deep"
    for _ in range(2000):
        value = [value]

    redacted = redact_json(value)

    depth = 0
    while isinstance(redacted, list):
        [redacted] = redacted
        depth += 1
    assert (depth, redacted) == (64, MARK)


def test_everything_a_card_shows_is_looked_at_and_what_its_buttons_do_stays() -> None:
    token = SECRETS["npm"]
    tap = ApprovalTap(approval_id=1, nonce="n", allow=True)
    card = Card(
        title=f"t {token}",
        summary=f"s {token}",
        text=f"x {token}",
        facts=(Fact(label="f", value=token),),
        code=f"npm login --token={token}",
        chart=Chart(bars=(Bar(label=token, value="$1", share=1.0),)),
        buttons=(Button(label=token, tap=tap), Button(label="b", command=f"/new {token}")),
    )

    assert redact_message(card) == Card(
        title=f"t {MARK}",
        summary=f"s {MARK}",
        text=f"x {MARK}",
        facts=(Fact(label="f", value=MARK),),
        code=f"npm login --token={MARK}",
        chart=Chart(bars=(Bar(label=MARK, value="$1", share=1.0),)),
        buttons=(Button(label=MARK, tap=tap), Button(label="b", command=f"/new {token}")),
    )
    assert redact_message(Say(text=token)) == Say(text=MARK)
    answer = an_answer(token, title=token, summary=token, note=token)
    assert redact_message(answer) == an_answer(MARK, title=MARK, summary=MARK, note=MARK)
