"""Names in the `.env` file that look like settings and are none: most often a slip of the pen."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

#: Whatever begins so in our own file is meant for us.
OURS = ("LINE_", "DENREI_", "ANTHROPIC_")


def unknown_names(env_file: Path, settings: Collection[str]) -> dict[str, str]:
    """What to say of each. `settings` are the known ones, in upper case."""
    found = dotenv_values(env_file, interpolate=False)
    return {
        name: _sentence(name.upper(), settings)
        for name in found
        if name.upper().startswith(OURS) and name.upper() not in settings
    }


def _sentence(name: str, settings: Collection[str]) -> str:
    nearest = get_close_matches(name, settings, n=1)
    return f"is not a setting; is {nearest[0]} meant?" if nearest else "is not a setting"
