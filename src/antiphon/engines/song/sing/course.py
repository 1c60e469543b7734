"""From syllables to the vocoder: at each moment the mouth, the pitch, the loudness."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.song.play.sound import Wave, chance
from antiphon.engines.song.score import Singer
from antiphon.engines.song.sing.plan import Laid, Piece, lay
from antiphon.engines.song.sing.spectrum import HOP, brighter, mouth
from antiphon.engines.song.sing.syllables import Syllable, lines
from antiphon.engines.song.sing.tune import hertz, tune, vibrato
from antiphon.engines.song.sing.vocoder import STEP, Course, render
from antiphon.engines.song.sing.words import BREATH, Words

_TARGET = -20.0
"""Decibels of a note of velocity 100."""
_LOUD = 100
_CURVE = 1.1
_EFFORT, _MOST_EFFORT = 0.2, 2.5
"""Decibels an octave by which a voice is brighter for each decibel that it is louder, and at most."""
_SWELL, _SETTLE, _LET_GO = 2.2, 1.5, 4.0
"""Decibels by which a long note swells, by which it then is softer, and the last before a rest besides."""
_CRISP = 2.5
"""Decibels by which what has no voice is louder than espeak says it: a band plays over it."""
_EVENED = 0.8
"""How far vowels are made equally loud."""
_HEARD, _DEAF = 5_000.0, 250.0
"""Hertz up to which harmonics are counted as loud, and below which ever less."""
_HELD, _HUMMED = 0.85, 0.4
"""How far espeak's loudness is evened out within vowels that are held, and beside them."""
_UNLIKE = 10.0
"""Decibels by which a vowel is taken to be louder or softer than usual at most: what is more is no vowel."""
_LONG = 0.5
"""Seconds of a note that swells."""
_APART = 0.1
"""Seconds of rest between what is rendered in one go."""
_BREATH_LEVEL = -46.0
_BREATHLESS = 0.35
"""A rest has to be so long for a breath."""
_VOICE, _CLEAR = (0.3, 0.6), (0.35, 0.8)


class Voice:
    """Someone who sings.

    Args:
        singer: Who.
        words: What is said, learnt before.
        rate: Samples a second.
        place: What chance is drawn by.
    """

    def __init__(self, singer: Singer, words: Words, rate: int, place: str) -> None:
        self._singer = singer
        self._words = words
        self._rate = rate
        self._place = place
        self._sound, self._offsets = words.sound()
        self._brighter = brighter(rate)
        self._mouths: dict[int, NDArray[np.float32]] = {}

    def sing(self, part: Sequence[Syllable], out: Wave) -> Iterator[int]:
        """Add what is sung to `out`; yields how many syllables are done, each time that some are."""
        said = [each for line in lines(part) for each in self._words.said(line)]
        laid = lay(part, said, self._words.sources)
        before = -np.inf
        levels, force = self._levels(part, laid)
        for first, last in _runs(laid):
            run = laid[first:last]
            if run[0].begin - before > _BREATHLESS and run[0].begin > _BREATHLESS:
                self._breathe(run[0].begin, min(run[0].begin - before, 1.0), out)
            before = run[-1].finish
            self._run(part[first:last], run, np.stack((levels, force))[:, first:last], out)
            yield last

    def _levels(
        self, part: Sequence[Syllable], laid: Sequence[Laid]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Decibels that each syllable is raised by, and those of them that are the singer's will."""
        if not laid:
            return np.zeros(0), np.zeros(0)
        own = np.array([self._level(each, syllable) for each, syllable in zip(laid, part, strict=True)])
        usual = float(np.median(own))
        own = np.clip(own, usual - _UNLIKE, usual + _UNLIKE)
        force = np.array([20.0 * _CURVE * np.log10(max(each.tones[0].velocity, 1) / _LOUD) for each in part])
        return np.asarray(_TARGET + force - _EVENED * own - (1.0 - _EVENED) * usual), force

    def _level(self, laid: Laid, syllable: Syllable) -> float:
        """Decibels of a syllable's vowel on its first pitch: its harmonics' powers, as the ear weighs them."""
        held = next(piece for piece in laid.pieces if piece.held)
        mouths = self._mouth(held.source)
        middle = mouths[round(held.begin / HOP) : round(held.finish / HOP) + 1].mean(axis=0)
        pitch = hertz(syllable.tones[0])
        harmonics = np.arange(1, int(_HEARD / pitch) + 1) * pitch
        turns = np.arange(len(middle)) * harmonics[:, None] / self._rate
        powers = np.exp(2.0 * np.cos(2.0 * np.pi * turns) @ middle) / (1.0 + (_DEAF / harmonics) ** 2)
        return float(10.0 * np.log10(2.0 * pitch / self._rate * powers.sum()))

    def _run(self, part: Sequence[Syllable], laid: Sequence[Laid], levels: NDArray[np.float64], out: Wave) -> None:
        first = int(max(0.0, laid[0].begin) * self._rate / STEP)
        moments = np.arange(first, int(laid[-1].finish * self._rate / STEP) + 2) * np.float64(STEP / self._rate)
        place = f"{self._place} {first}"
        sources = np.full(len(moments), -1)
        places = np.zeros(len(moments))
        held = np.zeros(len(moments), dtype=bool)
        for piece in (piece for each in laid for piece in each.pieces):
            here = slice(*np.searchsorted(moments, (piece.start, piece.end)))
            way = (moments[here] - piece.start) / max(piece.end - piece.start, 1e-6)
            if piece.held:
                way += _wander(moments[here], piece.end - piece.start, f"{place} {piece.start:.3f}")
            held[here] = piece.held
            sources[here] = piece.source
            places[here] = piece.begin + (piece.finish - piece.begin) * way
        active = sources >= 0
        sources = np.maximum(sources, 0)
        cepstra, voiced, clear = self._read(sources, places / HOP)
        voiced = np.where(held, np.float32(1.0), voiced)
        voice = _eased(_step(voiced, *_VOICE))
        tones = [tone for each in part for tone in each.tones]
        even = self._evened(moments, laid, sources, places / HOP, held)
        swing = vibrato(tones, moments, self._singer, place=place)[0] / max(self._singer.vibrato, 1.0)
        gain = _loudness(moments, laid, levels[0]) * 10.0 ** ((0.7 * swing + voice * even) / 20.0) * active
        effort = _EFFORT * (_between(moments, laid, levels[1]) + _shaped(moments, laid))
        cepstra += np.clip(effort, -_MOST_EFFORT, _MOST_EFFORT).astype(np.float32)[:, None] * self._brighter
        render(
            Course(
                first=first,
                cepstra=cepstra,
                pitch=tune(part, moments, self._singer, place=place),
                voiced=_step(voiced, 0.3, 0.75),
                clear=np.minimum(_step(clear, *_CLEAR), voice) * np.float32(0.95),
                breath=np.full(len(moments), self._singer.breath, dtype=np.float32),
                gain=(gain * voice).astype(np.float32),
                plain=(gain * (1.0 - voice) * 10.0 ** (_CRISP / 20.0)).astype(np.float32),
                grains=self._offsets[sources] + np.rint(places * self._rate).astype(np.int64),
                sound=self._sound,
            ),
            out,
            self._rate,
        )

    def _evened(
        self,
        moments: NDArray[np.float64],
        laid: Sequence[Laid],
        sources: NDArray[np.int64],
        places: NDArray[np.float64],
        held: NDArray[np.bool_],
    ) -> NDArray[np.float64]:
        """Decibels by which espeak's loudness is made a singer's, who holds vowels and hums consonants."""
        own = np.zeros(len(moments))
        for source in np.unique(sources):
            at = np.flatnonzero(sources == source)
            level = self._words.sources[source].level
            own[at] = np.interp(places[at], np.arange(len(level)), level)
        anchors, levels = [], []
        for each in laid:
            middle = next(piece for piece in each.pieces if piece.held)
            anchors += [middle.start, middle.end]
            levels += [self._spoken(middle)] * 2
        wanted = np.interp(moments, np.maximum.accumulate(anchors), levels)
        raised = np.clip(np.where(held, _HELD, _HUMMED) * (wanted - own), -4.0, 9.0)
        return np.convolve(np.pad(raised, 3, mode="edge"), np.full(7, 1.0 / 7.0), mode="valid")

    def _spoken(self, piece: Piece) -> float:
        level = self._words.sources[piece.source].level
        return float(np.mean(level[round(piece.begin / HOP) : round(piece.finish / HOP) + 1]))

    def _read(self, sources: NDArray[np.int64], places: NDArray[np.float64]) -> tuple[NDArray[np.float32], Wave, Wave]:
        """Mouth, voice and clearness at places between a source's moments."""
        cepstra = np.zeros((len(sources), self._mouth(0).shape[1]), dtype=np.float32)
        voiced, clear = np.zeros(len(sources), dtype=np.float32), np.zeros(len(sources), dtype=np.float32)
        for source in np.unique(sources):
            at = np.flatnonzero(sources == source)
            analysis, mouths = self._words.sources[source], self._mouth(int(source))
            place = np.clip(places[at], 0.0, len(mouths) - 1.001)
            whole = place.astype(int)
            part = (place - whole).astype(np.float32)
            for target, rows in ((voiced, analysis.voiced), (clear, analysis.clear)):
                target[at] = rows[whole] + (rows[whole + 1] - rows[whole]) * part
            cepstra[at] = mouths[whole] + (mouths[whole + 1] - mouths[whole]) * part[:, None]
        return cepstra, voiced, clear

    def _mouth(self, source: int) -> NDArray[np.float32]:
        if source not in self._mouths:
            analysis = self._words.sources[source]
            shape, added = mouth(analysis.top, self._rate, tract=self._singer.tract, tilt=self._singer.tilt)
            self._mouths[source] = analysis.envelope @ shape + added
        return self._mouths[source]

    def _breathe(self, end: float, rest: float, out: Wave) -> None:
        """A breath before a line."""
        length = min(0.4, 0.6 * rest)
        first = int((end - 0.05 - length) * self._rate / STEP)
        count = int(length * self._rate / STEP)
        way = (np.arange(count) + 0.5) / count
        zeros = np.zeros(count, dtype=np.float32)
        rise = np.sin(np.pi * way**1.5) ** 2
        level = _BREATH_LEVEL + 14.0 * self._singer.breath - self._words.sources[BREATH].level[0]
        render(
            Course(
                first=first,
                cepstra=np.repeat(self._mouth(BREATH)[:1], count, axis=0),
                pitch=np.full(count, 100.0),
                voiced=zeros,
                clear=zeros,
                breath=zeros,
                gain=(10.0 ** (level / 20.0) * rise).astype(np.float32),
                plain=zeros,
                grains=np.zeros(count, dtype=np.int64),
                sound=self._sound,
            ),
            out,
            self._rate,
        )


def _runs(laid: Sequence[Laid]) -> Iterator[tuple[int, int]]:
    """First and last, exclusive, of syllables without a rest between them."""
    first = 0
    for place in range(1, len(laid) + 1):
        if place == len(laid) or laid[place].begin - laid[place - 1].finish > _APART:
            yield first, place
            first = place


def _loudness(moments: NDArray[np.float64], laid: Sequence[Laid], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    gain = 10.0 ** ((_between(moments, laid, levels) + _shaped(moments, laid)) / 20.0)
    begin, finish = laid[0].begin, laid[-1].finish
    into = 0.035 if begin == laid[0].start else 0.008
    out = min(0.14, 0.35 * (laid[-1].end - laid[-1].start)) if finish == laid[-1].end else 0.015
    gain *= 0.5 - 0.5 * np.cos(np.pi * np.clip((moments - begin + 0.006) / into, 0.0, 1.0))
    gain *= 0.5 - 0.5 * np.cos(np.pi * np.clip((finish - moments) / out, 0.0, 1.0))
    return np.asarray(gain)


def _between(moments: NDArray[np.float64], laid: Sequence[Laid], decibels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Decibels of syllables at some moments: the same in each vowel, and even between them."""
    anchors = np.array([moment for each in laid for moment in (each.start, each.end)])
    return np.interp(moments, np.maximum.accumulate(anchors), np.repeat(decibels, 2))


def _shaped(moments: NDArray[np.float64], laid: Sequence[Laid]) -> NDArray[np.float64]:
    """Decibels by which long notes swell and settle, and the last one is let go."""
    decibels = np.zeros_like(moments)
    for place, each in enumerate(laid):
        length = each.end - each.start
        if length < _LONG:
            continue
        here = slice(*np.searchsorted(moments, (each.start, each.end)))
        way = (moments[here] - each.start) / length
        decibels[here] += min(1.0, length) * (_SWELL * np.sin(np.pi * way) - _SETTLE * way)
        if place == len(laid) - 1:
            decibels[here] -= _LET_GO * np.clip(2.0 * way - 1.0, 0.0, 1.0) ** 2
            decibels[here.stop :] -= min(1.0, length) * _SETTLE + _LET_GO
    return decibels


def _wander(moments: NDArray[np.float64], length: float, place: str) -> NDArray[np.float64]:
    """How a held vowel is never quite the same, as a share of what is held."""
    draw = chance(place)
    edge = np.clip(np.minimum(moments - moments[:1], moments[-1:] - moments) / 0.15, 0.0, 1.0)
    waves = sum(np.sin(2.0 * np.pi * (rate * moments + draw.random())) for rate in (0.9, 2.3, 4.1))
    return np.asarray(0.1 * edge * waves * min(1.0, length))


def _eased(values: Wave) -> Wave:
    """Without steps: no voice begins or ends within one of its cycles."""
    return np.convolve(np.pad(values, 1, mode="edge"), np.array([0.25, 0.5, 0.25], dtype=np.float32), mode="valid")


def _step(values: Wave, low: float, high: float) -> Wave:
    way = np.clip((values - np.float32(low)) / np.float32(high - low), 0.0, 1.0)
    return np.asarray(way * way * (3.0 - 2.0 * way), dtype=np.float32)
