"""The documents as tests see them: which pages there are, and what stands in their tables.

Reads files only.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "commands", "orchestrator_core", "storage")
README = ROOT / "README.md"
RUNBOOKS = sorted((ROOT / "runbooks").glob("*.md"))
_OTHERS = {"README.md", "glossary.md", "threat-model.md"}
OPERATIONS_PAGES = [page for page in RUNBOOKS if page.name not in _OTHERS]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *RUNBOOKS,
    *sorted((ROOT / "runbooks" / "decisions").glob("*.md")),
    ROOT / "cloudrun" / "README.md",
]


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def section(page: Path, heading: str) -> str:
    """What stands under the heading, its smaller headings left out."""
    _, _, rest = page.read_text().partition(f"\n{heading}\n")
    assert rest, f"{page.name} has no {heading}"
    return re.split(r"\n#{2,3} ", rest)[0]


def table(text: str, title: str) -> list[list[str]]:
    """The cells of every row of the tables whose first column has this title."""
    rows: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells:
            inside = False
        elif cells[0] == title:
            inside = True
        elif inside and not set(cells[0]) <= set("-"):
            rows.append(cells)
    return rows


def names(rows: list[list[str]]) -> list[str]:
    return [row[0].strip("`") for row in rows]
