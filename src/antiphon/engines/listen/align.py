"""When each word of a known text is sung: the recording warped onto espeak's saying of the text. Pure but for espeak.

A word's time is that of its first vowel: that is what is sung on the beat, and what the timed lyrics of our own songs
tell.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.domain.heard import HeardWord
from antiphon.domain.units import Seconds
from antiphon.engines.listen.spoken import SpokenLine, said
from antiphon.engines.listen.warp import States, Steps, unit, warped

STEP = Seconds(0.010)
_WINDOW = 0.032
_BAND = (100.0, 6_000.0)
_TRACTS = (1.0, 1.09, 1.18)
"""How much higher than the saying's the singer's formants may be: a woman's are, by a sixth."""
_FILTERS, _CEPSTRA = 28, 12
_QUIET = 30.0
"""Decibels below what is loud, at which a moment is silent."""
_LOUD = 95
_SHORTEST = 0.05
_PAUSE = "_"
_VOWELS = frozenset("aeiouyAEIOUYV@03&QW1")
_TINY = 1e-9


def words(mono: Samples, rate: int, text: str, language: str) -> tuple[HeardWord, ...]:
    """The words of a text in time, in order; what is not sung stands between its neighbours.

    Args:
        mono: Shape (frames,): a voice, alone or nearly so.
        rate: In hertz, 12 kHz or more.
        text: Lines; those that are tags of sections, such as "[Chorus]", are left out.
        language: As in `engines/espeak/languages.toml`.

    Raises:
        SpeakerFailed: espeak did not say the text.
    """
    lines = written(text)
    return placed(mono, rate, lines, said([" ".join(line) for line in lines], language)) if lines else ()


def placed(
    mono: Samples, rate: int, lines: Sequence[Sequence[str]], spoken: Sequence[SpokenLine]
) -> tuple[HeardWord, ...]:
    """As `words`, of lines that `spoken.said` has said already: a confined child cannot ask espeak.

    Args:
        mono: As `words`.
        rate: As `words`.
        lines: As `written` gives them.
        spoken: Each of them.
    """
    if not lines or not mono.any():
        return ()
    states, begins = _states(lines, spoken)
    path = warped([_steps(mono, rate, tract) for tract in _TRACTS], states)
    starts, ends = _times(path, states.silent[path], begins)
    named = [(word, number) for number, line in enumerate(lines) for word in line]
    return tuple(
        HeardWord(start=Seconds(round(start, 3)), end=Seconds(round(end, 3)), text=word, line=line)
        for (word, line), start, end in zip(named, starts, ends, strict=True)
    )


def written(text: str) -> list[list[str]]:
    """The words of each line that has any, marks with the word before them; tags of sections left out."""
    lines = []
    for line in map(str.strip, text.splitlines()):
        found: list[str] = []
        for word in () if line.startswith("[") and line.endswith("]") else line.split():
            if any(letter.isalnum() for letter in word):
                found.append(word)
            elif found:
                found[-1] += f" {word}"
        if found:
            lines.append(found)
    return lines


def _states(lines: Sequence[Sequence[str]], spoken: Sequence[SpokenLine]) -> tuple[States, np.ndarray]:
    """The saying in steps, a silence before each word; and at which state each word's first vowel begins."""
    parts: list[np.ndarray] = []
    held: list[bool] = []
    silent: list[bool] = []
    begins: list[int] = []
    for line, sound in zip(lines, spoken, strict=True):
        cepstra, _ = _cepstra(sound.sound, sound.rate)
        vowel, end = _vowels(sound, len(cepstra))
        edges = [*_edges(line, sound, end), end]
        for start, until in pairwise(edges):
            voiced = np.flatnonzero(vowel[start:until])
            begins.append(len(silent) + 1 + (int(voiced[0]) if len(voiced) else 0))
            parts += [np.zeros((1, _CEPSTRA)), cepstra[start:until]]
            silent += [True, *[False] * (until - start)]
            held += [True, *vowel[start:until].tolist()]
    parts.append(np.zeros((1, _CEPSTRA)))
    quiet = np.array([*silent, True])
    shapes = np.concatenate(parts)
    shapes[~quiet] = _normal(shapes[~quiet])
    shapes[quiet] = 0.0
    last = len(quiet) - 1
    return States(shapes=unit(shapes), silent=quiet, held=np.array([*held, True])), np.minimum(begins, last)


def _vowels(sound: SpokenLine, count: int) -> tuple[np.ndarray, int]:
    """Which steps are a vowel's, and where the line's last sound ends."""
    hop = STEP * sound.rate
    places = [min(count, round(sample / hop)) for _, sample in sound.phones]
    vowel = np.zeros(count, bool)
    end = count
    for (name, _), start, until in zip(sound.phones, places, [*places[1:], count], strict=True):
        vowel[start:until] = name.strip("',%=")[:1] in _VOWELS
    for (name, _), start in zip(reversed(sound.phones), reversed(places), strict=True):
        if not name.startswith(_PAUSE):
            break
        end = start
    return vowel, end


def _edges(line: Sequence[str], sound: SpokenLine, end: int) -> list[int]:
    """At which step each word of a line begins; what espeak does not tell lies evenly between what it does."""
    letters = np.cumsum([0, *(len(word) + 1 for word in line)])
    known: dict[int, float] = {len(line): float(end)}
    for place, sample in reversed(sound.words):
        word = int(np.searchsorted(letters, place, side="right")) - 1
        if 0 <= word < len(line):
            known[word] = min(float(end), sample / (STEP * sound.rate))
    known[0] = 0.0
    given = sorted(known)
    places = np.interp(np.arange(len(line)), given, [known[word] for word in given])
    return [round(float(place)) for place in places]


def _steps(mono: Samples, rate: int, tract: float) -> Steps:
    cepstra, levels = _cepstra(mono, rate, tract)
    loud = float(np.percentile(levels[levels > levels.max() - 2 * _QUIET], _LOUD))
    sounding = np.clip(2 * (levels - loud + _QUIET) / _QUIET, 0.0, 1.0)
    shapes = _normal(cepstra, sounding > 0)
    return Steps(shapes=unit(shapes), sounding=sounding.astype(np.float32))


def _times(path: np.ndarray, silent: np.ndarray, begins: np.ndarray) -> tuple[list[float], list[float]]:
    """Start and end of each word: from its vowel to the next word's, or to the silence between them."""
    starts = np.searchsorted(path, begins)
    limits = np.append(starts[1:], len(path))
    sung = np.flatnonzero(~silent)
    lasts = sung[np.maximum(0, np.searchsorted(sung, limits) - 1)] + 1 if len(sung) else limits
    ends = np.clip(lasts, np.minimum(starts + round(_SHORTEST / STEP), limits), limits)
    return (starts * STEP).tolist(), (ends * STEP).tolist()


def _cepstra(mono: Samples, rate: int, tract: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """The shape of each step's spectrum, shape (steps, cepstra), without its loudness; and that, in decibels."""
    window = np.hanning(round(_WINDOW * rate)).astype(np.float32)
    padded = np.pad(mono, (len(window) // 2, len(window)))
    count = int(len(mono) / (STEP * rate)) + 1
    starts = np.rint(np.arange(count) * STEP * rate).astype(int)
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(window))
    bank = _bank(rate, len(window), tract)
    powers = np.concatenate(
        [
            np.abs(np.fft.rfft(windows[part] * window)) ** 2 @ bank.T
            for part in np.array_split(starts, count // 1024 + 1)
        ]
    )
    logs = np.log(powers + max(float(powers.max(initial=0.0)), _TINY) * 1e-7)
    turns = np.cos(np.pi * (np.arange(_FILTERS) + 0.5)[:, np.newaxis] * np.arange(1, _CEPSTRA + 1) / _FILTERS)
    return logs @ turns, 10 * np.log10(powers.sum(axis=1) + _TINY)


def _bank(rate: int, size: int, tract: float) -> np.ndarray:
    """Triangles, evenly apart in mels, then all moved up."""
    low, high = (2595 * np.log10(1 + edge / 700) for edge in _BAND)
    edges = tract * 700 * (10 ** (np.linspace(low, high, _FILTERS + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(size, 1 / rate)
    return np.array([np.interp(hertz, edges[place : place + 3], (0, 1, 0)) for place in range(_FILTERS)])


def _normal(cepstra: np.ndarray, counted: np.ndarray | None = None) -> np.ndarray:
    """Each coefficient with mean 0 and spread 1, of the steps that count."""
    some = cepstra if counted is None or not counted.any() else cepstra[counted]
    normal: np.ndarray = (cepstra - some.mean(axis=0)) / np.maximum(some.std(axis=0), _TINY)
    return normal
