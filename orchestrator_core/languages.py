"""Which languages there are, what they are called, and how one is told from another. No text."""

from __future__ import annotations

import re

from orchestrator_core.model import Language

#: Each in itself, as one who reads no other looks for it.
NAMES = {
    Language.ENGLISH: "English",
    Language.JAPANESE: "日本語",
    Language.CHINESE: "繁體中文",
    Language.THAI: "ไทย",
}
#: The words for none of one's own choice.
AS_THE_PROFILE = frozenset({"auto", "profile", "自動", "自动", "อัตโนมัติ"})

#: The beginnings of BCP 47 tags. Any Chinese is nearer to Chinese than English is.
_TAGS = (
    ("ja", Language.JAPANESE),
    ("zh", Language.CHINESE),
    ("th", Language.THAI),
)
#: What else people call them, in lower case.
_WORDS = {
    Language.ENGLISH: ("english", "英語", "英文", "อังกฤษ"),
    Language.JAPANESE: ("japanese", "日本語", "nihongo", "日文", "日語", "ญี่ปุ่น"),
    Language.CHINESE: (
        *("chinese", "zh", "zh-tw", "zh-hk", "tw"),
        *("繁體中文", "繁体中文", "中文", "華語", "國語", "中国語", "จีน"),
    ),
    Language.THAI: ("thai", "ไทย", "ภาษาไทย", "泰文", "泰語", "タイ語"),
}
_BY_WORD = {word: language for language, words in _WORDS.items() for word in words}
_KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")
_THAI = re.compile(r"[\u0e01-\u0e5b]")
#: What Chinese writes and Japanese does not, or no longer.
_CHINESE = re.compile("[這們嗎麼沒說點讓寫讀關發對樣裡啟幫你您她哪很吧呢啊]")
_HAN = re.compile(r"[\u3400-\u9fff]")


def language_named(word: str) -> Language | None:
    """By its tag or its name in any of the languages."""
    word = word.strip().lower()
    known = _BY_WORD.get(word)
    if known is not None:
        return known
    return next((one for one in Language if one.value.lower() == word), None)


def language_of_tag(tag: str) -> Language:
    """The one a BCP 47 tag asks for, or English."""
    tag = tag.lower().replace("_", "-")
    fits = (language for start, language in _TAGS if tag == start or tag.startswith(f"{start}-"))
    return next(fits, Language.ENGLISH)


def guess_language(text: str) -> Language:
    """Japanese when the text has kana, Thai when it has Thai letters; when it is Han characters
    and hardly anything else, Chinese if Japanese does not write one of them."""
    if _KANA.search(text):
        return Language.JAPANESE
    if _THAI.search(text):
        return Language.THAI
    letters = [character for character in text if character.isalpha()]
    han = sum(bool(_HAN.match(character)) for character in letters)
    if han * 2 <= len(letters):
        return Language.ENGLISH
    return Language.CHINESE if _CHINESE.search(text) else Language.JAPANESE
