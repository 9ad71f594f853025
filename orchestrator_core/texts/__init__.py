"""Every text a person reads, by key and language. The catalogs are the `.po` files beside this."""

from __future__ import annotations

import gettext
import io
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import get_currency_symbol

from orchestrator_core.model import Language
from orchestrator_core.money import dollars

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

    def money(self, amount: Decimal) -> str:
        """US dollars, told from other dollars where people pay in those."""
        return dollars(amount, sign=get_currency_symbol("USD", locale_of(self.language)))


def locale_of(language: Language) -> str:
    """As Babel writes it: with an underscore where BCP 47 has a hyphen."""
    return language.replace("-", "_")


@cache
def texts_in(language: Language) -> Texts:
    with (FOLDER / f"{language}.po").open("rb") as source:
        catalog = read_po(source, locale=locale_of(language))
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Texts(language, gettext.GNUTranslations(compiled))
