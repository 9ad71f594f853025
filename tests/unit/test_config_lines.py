"""The line of what is wrong in a TOML file."""

from __future__ import annotations

import pytest

from bot.config_lines import Place, line_of

TEXT = '''\
timezone = "Asia/Tokyo"   # 1

[limits]
warm_clients = 4          # 4

[agents.reviewer]
model = "opus"            # 7
system_prompt = """
[limits]
warm_clients = 9
"""
allowed_tools = [         # 12
    "Read",
    "Bash(git log:*)",    # 14
    [1,
     2],
]
[agents."my agent"]       # 18
"model" = "x"             # 19
budget.daily = 3          # 20

[agents]
writer = { model = "y", workspace = "z" }   # 23
[pools.a.b]               # 24
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("timezone",), 1),
        (("limits",), 3),
        (("limits", "warm_clients"), 4),
        (("limits", "drain_seconds"), 3),
        (("agents", "reviewer"), 6),
        (("agents", "reviewer", "model"), 7),
        (("agents", "reviewer", "workspace"), 6),
        (("agents", "reviewer", "allowed_tools"), 12),
        (("agents", "reviewer", "allowed_tools", 1), 14),
        (("agents", "reviewer", "allowed_tools", 2), 12),
        (("agents", "reviewer", "allowed_tools", 9), 12),
        (("agents", "my agent", "model"), 19),
        (("agents", "my agent", "budget", "daily"), 20),
        (("agents", "writer", "workspace"), 23),
        (("pools", "a"), 24),
        (("nothing",), None),
        (("nothing", "model"), None),
        ((), None),
    ],
)
def test_a_key_is_found_where_it_stands(place: Place, line: int | None) -> None:
    assert line_of(TEXT, place) == line
