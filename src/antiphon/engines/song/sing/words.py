"""What espeak says of a song, each line once."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.song.play.sound import Wave
from antiphon.engines.song.sing.align import Span, spans
from antiphon.engines.song.sing.plan import Said
from antiphon.engines.song.sing.speaker import Speaker, Spoken
from antiphon.engines.song.sing.spectrum import HOP, Analysis, analyse
from antiphon.engines.song.sing.stock import breath, hum, hummed
from antiphon.engines.song.sing.syllables import Syllable, text

HUM, BREATH = 0, 1
"""Sources that espeak has no part in."""

_VOICE = 0.5
_SOFTEST = -34.0
"""Decibels: espeak's vowels are above -25, its nasals near -30, and what is below is no voice."""
_Key: TypeAlias = tuple[tuple[tuple[str, ...], int, int], ...]


class Words:
    """All that is said, taken apart, and where in it each syllable is.

    Args:
        language: A language code.
        speaker: Who says it.
        rate: Samples a second of what is sung.
    """

    def __init__(self, language: str, speaker: Speaker, rate: int) -> None:
        self.sources: list[Analysis] = [hum(rate), breath(rate)]
        self._language = language
        self._speaker = speaker
        self._rate = rate
        self._lines: dict[_Key, list[Said | None]] = {}

    def learn(self, lines: Sequence[Sequence[Syllable]]) -> None:
        """Have lines said; what is not understood in its line is said again by itself."""
        self._say(lines)
        self._say([(syllable,) for line in lines for syllable in line if not self._found(line, syllable)])

    def said(self, line: Sequence[Syllable]) -> list[Said]:
        """How the syllables of a line that was learnt are said."""
        return [self._found(line, each) or self._found((each,), each) or hummed(HUM) for each in line]

    def sound(self) -> tuple[Wave, NDArray[np.int64]]:
        """All sources' sound, one after the other, and the frame at which each begins."""
        ends = np.cumsum([len(source.sound) for source in self.sources])
        return np.concatenate([source.sound for source in self.sources]), np.concatenate([[0], ends[:-1]])

    def _found(self, line: Sequence[Syllable], syllable: Syllable) -> Said | None:
        known = self._lines.get(_key(line))
        return known[[each is syllable for each in line].index(True)] if known else None

    def _say(self, lines: Iterable[Sequence[Syllable]]) -> None:
        new = {_key(line): line for line in lines if text(line) and _key(line) not in self._lines}
        if not new:
            return
        told = self._speaker.say(self._language, [text(line) for line in new.values()])
        for (key, line), spoken in zip(new.items(), told, strict=True):
            analysis = analyse(spoken, self._rate)
            placed = _placed(spoken, line, len(self.sources))
            self._lines[key] = [said if said and _voiced(said, analysis) else None for said in placed]
            self.sources.append(analysis)


def _key(line: Sequence[Syllable]) -> _Key:
    """What lines share that are said alike."""
    return tuple((each.phonemes, each.vowel, each.stress) for each in line)


def _placed(spoken: Spoken, line: Sequence[Syllable], source: int) -> list[Said | None]:
    found = spans(spoken, [name for syllable in line for name in syllable.phonemes])
    placed: list[Said | None] = []
    for syllable in line:
        own, found = found[: len(syllable.phonemes)], found[len(syllable.phonemes) :]
        vowel = own[syllable.vowel] if own else None
        if vowel is None:
            placed.append(None)
            continue
        onset, coda = _together(own[: syllable.vowel]), _together(own[syllable.vowel + 1 :])
        placed.append(Said(source=source, onset=onset, vowel=vowel, coda=coda))
    return placed


def _voiced(said: Said, analysis: Analysis) -> bool:
    """Whether there is anything in the vowel that can be held."""
    vowel = slice(round(said.vowel.start / HOP), round(said.vowel.end / HOP) + 1)
    voiced, level = analysis.voiced[vowel], analysis.level[vowel]
    return bool(voiced.size and voiced.max() > _VOICE and level.max() > _SOFTEST)


def _together(parts: Sequence[Span | None]) -> Span | None:
    known = [part for part in parts if part]
    return Span(known[0].start, known[-1].end) if known else None
