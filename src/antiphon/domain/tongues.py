"""In which language a text is, as far as its script and its commonest words tell. Pure."""

import re
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

_READ = 4000
"""Code points that are looked at."""
_FEWEST_WORDS, _FEWEST_LETTERS = 2, 3
_SHARE = 12
"""One in so many letters is enough for the language that alone has it."""

_SCRIPTS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "ja": re.compile("[\u3040-\u30ff]"),
        "ko": re.compile("[\uac00-\ud7af\u1100-\u11ff]"),
        "zh": re.compile("[\u3400-\u9fff]"),
        "uk": re.compile("[іїєґІЇЄҐ]"),
        "ru": re.compile("[\u0400-\u04ff]"),
        "el": re.compile("[\u0370-\u03ff]"),
        "he": re.compile("[\u0590-\u05ff]"),
        "fa": re.compile("[پچژگ]"),
        "ar": re.compile("[\u0600-\u06ff]"),
        "hi": re.compile("[\u0900-\u097f]"),
        "bn": re.compile("[\u0980-\u09ff]"),
        "pa": re.compile("[\u0a00-\u0a7f]"),
        "gu": re.compile("[\u0a80-\u0aff]"),
        "ta": re.compile("[\u0b80-\u0bff]"),
        "te": re.compile("[\u0c00-\u0c7f]"),
        "kn": re.compile("[\u0c80-\u0cff]"),
        "ml": re.compile("[\u0d00-\u0d7f]"),
        "th": re.compile("[\u0e00-\u0e7f]"),
        "vi": re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE),
    }
)
"""By what letters a language is known; where they are in two, it is the first, if some are its."""

_COMMON: Mapping[str, str] = MappingProxyType(
    {
        "en": "the and is are was you your of to this that it with for not have what we they will be as at from my",
        "id": "yang dan di ke dari ini itu dengan untuk tidak ada saya kamu kita anda adalah akan pada bisa sudah juga "
        "kami apa selamat terima kasih",
        "es": "el los las una y es que por con para no está usted muy pero como más qué son del hola gracias",
        "fr": "le les des une et est que pour dans vous nous avec pas je sur mais qui ce cette au bonjour merci",
        "pt": "o os uma e é que não para com você muito mas como mais são do da em olá obrigado isso",
        "de": "der die das und ist nicht ein eine ich sie wir mit zu auf für den dem von es auch guten",
        "it": "il gli una e è che non per con sono molto ma come più della di questo ciao grazie",
        "nl": "de het een en is niet ik je wij met voor van op dat zijn ook maar goed hallo",
        "pl": "i w nie na się jest że to z do jak ale dzień dobry dla są",
        "tr": "ve bir bu için çok ne ben sen değil ile var mi merhaba daha gibi",
        "sv": "och är det inte en ett jag du vi med på för som av hej att",
    }
)
_WORD = re.compile(r"[^\W\d_]+")
_LANGUAGES = {
    word: [language for language, common in _COMMON.items() if word in common.split()]
    for common in _COMMON.values()
    for word in common.split()
}


def language_of(text: str, *, otherwise: str) -> str:
    """The code of a text's language, such as "en".

    Args:
        text: The text; its beginning decides.
        otherwise: The code that is given where nothing speaks clearly for another.
    """
    beginning = text[:_READ]
    by_script = _script_of(beginning)
    if by_script is not None:
        return by_script
    said = Counter(language for word in _WORD.findall(beginning.lower()) for language in _LANGUAGES.get(word, ()))
    best, count = max(said.items(), key=lambda pair: pair[1], default=(otherwise, 0))
    clear = count >= _FEWEST_WORDS and count > said[otherwise]
    return best if clear else otherwise


def _script_of(text: str) -> str | None:
    """The language whose letters most of a text's are; None, where they are Latin ones."""
    counts = {language: len(letters.findall(text)) for language, letters in _SCRIPTS.items()}
    most = max(counts.values())
    letters = sum(map(len, _WORD.findall(text)))
    if most < _FEWEST_LETTERS or (4 * most < letters and counts["vi"] * _SHARE < letters):
        return None
    return next(language for language, count in counts.items() if _SHARE * count >= most)
