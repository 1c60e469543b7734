"""Which language a text is in: by its letters, then by its most usual words; and what of it is text at all."""

import re
import unicodedata
from collections import Counter

from antiphon.domain.text import speakable
from antiphon.engines.espeak.voices import load_languages

_SCRIPTS = {
    "ARABIC": "ar",
    "HEBREW": "he",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "GURMUKHI": "pa",
    "GUJARATI": "gu",
    "TAMIL": "ta",
    "TELUGU": "te",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "THAI": "th",
}
"""The first word of a letter's name in Unicode, and a language that is written so."""

_TELLING = {"ar": {"ur": "ٹڈڑںےھ", "fa": "پچژگکی"}, "ru": {"uk": "іїєґ", "sr": "ђћџљњј", "be": "ў", "kk": "әғқңөұүһ"}}
"""Of some scripts the letters that only another language has."""

_USUAL = {
    "en": "the and you i my of to in is me it that with for your on are be this love we all song about",
    "id": "yang dan di ku kau aku kamu ini itu tak ada dengan untuk dalam kita lagu tentang cinta hati adalah akan "
    "bukan tidak sudah dari pada saat jangan seperti buat tanpa",
    "es": "el la de que y en un una los las mi tu es por con para te se como amor yo pero",
    "fr": "le la les de et je tu un une des mon ton est dans pour que pas sur avec nous vous",
    "de": "der die das und ich du ist nicht ein eine mein dein mit auf für den wir im zu es",
    "it": "il lo la di che e un una mio tuo per con non sono nel del della io ma amore",
    "pt": "o a os as de que e um uma meu teu para com não em do da eu você mas",
    "nl": "de het een en ik je van is niet mijn met op voor dat wij zijn",
    "tl": "ang ng sa mga ko mo ako ikaw na ay at hindi puso",
}
_WORDS = {language: frozenset(words.split()) for language, words in _USUAL.items()}
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
"""Spaces of no width, and what turns the direction of what follows it. Joiners stay: they shape words."""

_FEW = 2
_ENOUGH = 0.3
"""The share of letters in another script that decides."""


def language_of(text: str, *, otherwise: str = "en") -> str:
    """The language code of a text; `otherwise` where it does not show.

    Japanese is told from Chinese by its own letters, of which there may be few.
    """
    letters = [unicodedata.name(letter, "").split(" ")[0].split("-")[0] for letter in text if letter.isalpha()]
    scripts = Counter(_SCRIPTS[name] for name in letters if name in _SCRIPTS)
    if scripts and scripts.total() >= _ENOUGH * len(letters):
        likeliest = "ja" if scripts["ja"] else max(sorted(scripts), key=lambda language: scripts[language])
        others = _TELLING.get(likeliest, {})
        return next((other for other, telling in others.items() if set(text.casefold()) & set(telling)), likeliest)
    words = re.findall(r"[^\W\d_]+", text.casefold())
    counts = {language: sum(word in usual for word in words) for language, usual in _WORDS.items()}
    best = max(_WORDS, key=lambda language: counts[language])
    different = len(_WORDS[best].intersection(words))
    return best if different >= min(_FEW, len(set(words))) and different > 0 else otherwise


def spoken(code: str) -> str | None:
    """The language that a code means, such as "en" for "EN-us"; None where nobody speaks it."""
    known = {language.code for language in load_languages()}
    return next((name for name in (code.lower(), re.split("[-_]", code.lower())[0]) if name in known), None)


def plain(text: str) -> str:
    """A text without what cannot be seen, said or written to a file."""
    return _INVISIBLE.sub("", speakable(text))
