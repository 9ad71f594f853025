"""Every text a person reads, by key and language. The catalogs are the `.po` files beside this."""

from __future__ import annotations

import gettext
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from orchestrator_core.model import Language

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Texts:
    """The catalog of one language."""

    language: Language
    catalog: gettext.NullTranslations

    def __call__(self, key: str, **facts: object) -> str:
        """The text of `key` with `facts` filled in. Raises KeyError when the key has no text."""
        text = self.catalog.gettext(key)
        if text == key:
            raise KeyError(key)
        return text.format(**facts)

    def count(self, key: str, n: int, **facts: object) -> str:
        """Like a call, in the plural form that `n` asks for."""
        text = self.catalog.ngettext(key, key, n)
        if text == key:
            raise KeyError(key)
        return text.format(n=n, **facts)


@cache
def texts_in(language: Language) -> Texts:
    with (FOLDER / f"{language}.po").open("rb") as source:
        catalog = read_po(source, locale=str(language))
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Texts(language, gettext.GNUTranslations(compiled))
