"""The voices of a song: the lead, and others that sing with it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from antiphon.domain.units import Seconds
from antiphon.engines.song.play.sound import Wave, chance
from antiphon.engines.song.score import Score, Singer, Vocal
from antiphon.engines.song.sing.course import Voice
from antiphon.engines.song.sing.speaker import Speaker
from antiphon.engines.song.sing.syllables import Syllable, lines, syllables
from antiphon.engines.song.sing.words import Words

_RATE = 44_100
_LOUDEST, _ROUND = 0.75, 0.24
_LATE, _DETUNED = 0.012, 5.0
"""Seconds and cents by which others of a choir are apart from the lead at most."""


def _untold(_share: float) -> None:
    """Nobody asks."""


def sing(
    vocal: Vocal, score: Score, speaker: Speaker, rate: int = _RATE, progress: Callable[[float], None] = _untold
) -> Iterator[Wave]:
    """What is sung: the lead, then each harmony, one at a time.

    Args:
        vocal: Words and tunes.
        score: When they are.
        speaker: Who says the words.
        rate: Samples a second.
        progress: Told how much of all singing is done, 0 to 1.

    Yields:
        Of each voice one channel, shape (frames,), as long as the song. A note of velocity 100 has an RMS near 0.1.
    """
    progress(0.0)
    tunes = [syllables(notes, vocal.words, score) for notes in (vocal.lead, *vocal.harmonies)]
    parts = [
        [tuple(each for each in tune if each.singer == who) for who in range(len(vocal.singers))] for tune in tunes
    ]
    words = Words(vocal.language, speaker, rate)
    words.learn([line for tune in parts for part in tune for line in lines(part)])
    done, whole = 0, max(1, sum(map(len, tunes)))
    for number, tune in enumerate(parts):
        out = np.zeros(round(score.seconds * rate), dtype=np.float32)
        for who, (singer, part) in enumerate(zip(vocal.singers, tune, strict=True)):
            if not part:
                continue
            place = f"{score.seed} sing {number}" + " partner" * who
            chosen, sung = (singer, part) if number == 0 else _another(singer, part, place)
            for count in Voice(chosen, words, rate, place).sing(sung, out):
                progress((done + count) / whole)
            done += len(part)
        yield _rounded(out)
    progress(1.0)


def _rounded(wave: Wave) -> Wave:
    """The wave with peaks that words and notes out of the ordinary may have rounded off; changed in place."""
    high = np.flatnonzero(np.abs(wave) > _LOUDEST)
    over = np.abs(wave[high]) - np.float32(_LOUDEST)
    wave[high] = np.sign(wave[high]) * (_LOUDEST + _ROUND * np.tanh(over / _ROUND))
    return wave


def _another(singer: Singer, part: Sequence[Syllable], place: str) -> tuple[Singer, tuple[Syllable, ...]]:
    """Someone else of the same kind, who is never quite together with the lead, nor quite in tune with it."""
    draw = chance(f"{place} singer")
    apart = draw.uniform(0.5, 1.0, 6) * draw.choice((-1.0, 1.0), 6)
    other = replace(
        singer,
        tract=singer.tract * (1.0 + 0.035 * apart[0]),
        tilt=singer.tilt - 1.0 + 0.5 * apart[1],
        breath=min(1.0, singer.breath + 0.08),
        vibrato=singer.vibrato * (0.8 + 0.2 * apart[2]),
        vibrato_rate=singer.vibrato_rate * (1.0 + 0.06 * apart[3]),
        portamento=singer.portamento * 1.2,
    )
    late = _LATE * apart[4]
    moved = tuple(
        replace(
            each,
            tones=tuple(
                replace(
                    tone,
                    start=Seconds(max(0.0, tone.start + late)),
                    end=Seconds(tone.end + late),
                    cents=_DETUNED * apart[5],
                )
                for tone in each.tones
            ),
        )
        for each in part
    )
    return other, moved
