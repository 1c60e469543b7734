# ruff: noqa: RUF001 - marks and words of many scripts
"""Texts that are still coming: how much of them can already be spoken.

A phrase ends where a mark closes a clause, as espeak-ng has it (`readclause.c` of version 1.52): it gives each clause
a melody of its own, by the mark that closes it, and starts the next one afresh, so that a text sounds the same when it
is spoken phrase by phrase. Where its rules are not simple no phrase ends, which costs time and nothing else.
"""

import re
import unicodedata

from antiphon.domain.text import speakable

_LONGEST = 200
_LONGEST_DENSE = 100
_DENSE = frozenset({"ja", "ko", "zh"})
"""Languages of which fewer characters are a breath."""

_SPACE = r" \t\n\r\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000"
_SPACED = ".,:;?!–—،؛؟۔॥\u037e\u0387"
"""Marks that close a clause where a space or a bracket follows: not in 3.14, 10:30, example.com."""
_FREE = "。，、！？：；．।"
"""Marks that close a clause whatever follows."""
_TRAILING = "…¡¿"
"""Likewise, but other marks that follow belong to them."""
_BRACKETS = frozenset('()[]{}<>"`«»《》‘’‚‛“”„‟')

_SPACES = re.compile(f"[{_SPACE}]*")
_MARK = f"[{_SPACED}{_FREE}{_TRAILING}]"
_ENDS = re.compile(rf"{_MARK}+|\n[{_SPACE}]*\n[{_SPACE}]*")
_CLOSED = re.compile(rf"({_MARK}|\n[{_SPACE}]*\n)[\W_]*$")
_WORD = re.compile(rf"[^{_SPACE}()\[\]\"“”„«»]+$")

_SHORT = re.compile(
    "abb|apr|aug|bd|bzw|ca|cap|cf|col|de[cz]|dott|dra?|etc|ev|excmo|feb|fig|gen|ggf|gov|hr|inc|ing|jan|jr|jul|jun|lt|ltd"
    "|mgr|mi[no]|mlle|mme|mrd|mrs?|ms|nov|nr|núm|o[ck]t|op|p[aá]g|pl|pp|prof|pt|rev|sen|sept?|sgt|sig|sra?|srta|sta?|ste"
    "|str|tel|univ|usw|vgl|vol|vs|гг|др|им|млн|млрд|обл|пр|проф|руб|см|ст|стр|тел|ул",
    re.IGNORECASE,
)
"""What often has a full stop in the middle of a sentence. If it ends one after all, that is spoken a clause later."""
_ROMAN = frozenset("IVXL")
"""In many languages such a number with a full stop is "the fourth"."""

_UNSPACED = re.compile(
    "[\u0e00-\u0edf\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Scripts that put no space between words: Thai, Lao, Burmese, Khmer, kana, Han."""
_ATTACHED = frozenset({"Mn", "Mc", "Me", "Cf", "Sk"})
_VIRAMA = 9  # Its combining class: the next consonant is written into this one.
_OPENING = frozenset("\u200dเแโใไ")  # Vowels of Thai that are written before their consonant.
_CLOSING = frozenset("ะาำๅๆーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々ゝゞヽヾ")
_TWINS = re.compile("\r\n|.[\u1160-\u11ff]", re.DOTALL)  # The latter is the rest of a Korean syllable.
_FLAGS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))


class Phrases:
    """Takes a text in pieces of any size, gives phrases as soon as they can be spoken.

    Joined, the phrases are the text; how it was cut into pieces makes no difference to them. Where no mark comes for
    long, a phrase ends after a word, so that no more is held than the longest phrase.

    Args:
        language: A language code, such as "en".
    """

    def __init__(self, language: str) -> None:
        self._longest = _LONGEST_DENSE if language in _DENSE else _LONGEST
        self._held = ""

    def add(self, chunk: str) -> list[str]:
        """Take the next piece; give the phrases that are complete by now."""
        self._held += chunk
        phrases = []
        while (end := self._end()) is not None:
            phrases.append(self._held[:end])
            self._held = self._held[end:]
        return phrases

    def end(self) -> list[str]:
        """Give the rest of the text."""
        held, self._held = self._held, ""
        return [held] if held else []

    def _end(self) -> int | None:
        window = speakable(self._held[: self._longest + 1])
        end = _clause_end(window)
        return _cut(window) if end is None and len(window) > self._longest else end


def runs_on(phrase: str) -> bool:
    """Whether nothing closes a phrase: if there is more of the text, it should follow without a pause."""
    return _CLOSED.search(phrase) is None


def _clause_end(text: str) -> int | None:
    """Where the first clause of `text` ends; None where that is not known yet."""
    start = 0
    for marks in _ENDS.finditer(text):
        if any(char.isalpha() or char.isdecimal() for char in text[start : marks.start()]):
            end = _closed(text, marks)
            if end != 0:
                return end
        start = marks.end()
    return None


def _closed(text: str, marks: re.Match[str]) -> int | None:
    """Where the clause ends that `marks` close: 0 if they close none, None if more of the text must be known."""
    run, after = marks[0], marks.end()
    if run[0] in _FREE:
        return marks.start() + 1
    if after == len(text):
        return None
    if run[0] == "\n":
        return after
    if run[0] in _TRAILING or run.startswith("..."):
        end = _spaced(text, after)
        return after if end == 0 else end
    return _stopped(text, marks) if run[0] == "." else _spaced(text, after)


def _spaced(text: str, after: int) -> int | None:
    """The end of a clause whose marks end at `after`, provided that a space or a bracket follows.

    One space is enough; but of line ends all must be there, since the pause is as long as they are many.
    """
    if text[after] in _BRACKETS:
        return after
    spaces = _spaces(text, after)
    if spaces[:1] != "\n":
        return after + len(spaces[:1]) if spaces else 0
    end = after + len(spaces)
    return end if end < len(text) else None


def _stopped(text: str, marks: re.Match[str]) -> int | None:
    """The end of a clause that a full stop may close: whether it does is told by the words on both sides of it."""
    after = marks.end()
    spaces = _spaces(text, after)
    end = after + len(spaces)
    if _shortened(text[: marks.start()]) or not (spaces or text[after] in _BRACKETS):
        return 0
    if end == len(text):
        return None
    goes_on = "\n" not in spaces and (text[end].islower() or text[end] in "-'")
    return 0 if goes_on else end


def _shortened(text: str) -> bool:
    """Whether `text` ends with a word that is often followed by a full stop within a sentence."""
    found = _WORD.search(text)
    word = found[0] if found else ""
    return len(word) <= 1 or "." in word or _ROMAN.issuperset(word) or _SHORT.fullmatch(word) is not None


def _spaces(text: str, start: int) -> str:
    found = _SPACES.match(text, start)
    return found[0] if found else ""


def _cut(text: str) -> int:
    """The best place to cut a text in which no clause ends; never its end, as what follows must be seen."""
    everywhere = range(len(text) - 1, 0, -1)
    late = everywhere[: len(everywhere) // 2]
    for good, places in (
        (_ends_line, late),
        (_ends_word, late),
        (_spaced_out, everywhere),
        (_ends_cluster, everywhere),
    ):
        place = next((place for place in places if good(text, place)), 0)
        if place:
            return place
    return everywhere[0]


def _ends_line(text: str, place: int) -> bool:
    return text[place - 1] == "\n" and _spaced_out(text, place)


def _ends_word(text: str, place: int) -> bool:
    if _spaced_out(text, place):
        return not (text[place].isdecimal() and text[:place].rstrip()[-1:].isdecimal())  # 1 000 000
    between = _UNSPACED.match(text, place - 1) and _UNSPACED.match(text, place)
    return between is not None and _ends_cluster(text, place)


def _spaced_out(text: str, place: int) -> bool:
    return text[place - 1].isspace() and not text[place].isspace()


def _ends_cluster(text: str, place: int) -> bool:
    """Whether a cut would leave whole what is read as one."""
    before, after = text[place - 1], text[place]
    return not (
        unicodedata.category(after) in _ATTACHED
        or unicodedata.combining(before) == _VIRAMA
        or before in _OPENING
        or after in _CLOSING
        or _TWINS.match(text, place - 1)
        or (after in _FLAGS and _flags_before(text, place) % 2 == 1)
    )


def _flags_before(text: str, place: int) -> int:
    """How many regional indicators stand before a place; two are a flag."""
    return place - next((at for at in range(place, 0, -1) if text[at - 1] not in _FLAGS), 0)
