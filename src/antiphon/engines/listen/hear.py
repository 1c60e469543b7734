"""From the sound of a recording to what is heard in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import soxr

from antiphon.audio.samples import Samples
from antiphon.domain.heard import Heard, Wanted
from antiphon.domain.units import Seconds
from antiphon.engines.listen import lead, separate, spectra
from antiphon.engines.listen.align import placed, written
from antiphon.engines.listen.bars import bars
from antiphon.engines.listen.beats import pulse
from antiphon.engines.listen.chords import chords
from antiphon.engines.listen.decode import RATE
from antiphon.engines.listen.key import key
from antiphon.engines.listen.keys import retuned, salience, tuning
from antiphon.engines.listen.sections import sections
from antiphon.engines.listen.spoken import SpeakerFailed, SpokenLine, said

_ALL_STEMS = 4
_SOUNDING = 0.02
"""Of the loudest beat: what is heard of a key."""


class Teller(Protocol):
    """Hears how far it is, and takes what is finished."""

    def begun(self, stage: str) -> None:
        """A stage begins: "beat", "harmony", "form", "voice", "words"."""

    def stem(self, name: str, sound: Samples) -> None:
        """A stem is there, shape (2, frames), at `decode.RATE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text, and how it sounds: what espeak says before anything is confined.

    Args:
        lines: The words of each line.
        spoken: Each line as it is said.
    """

    lines: Sequence[Sequence[str]] = ()
    spoken: Sequence[SpokenLine] = ()


def read(wanted: Wanted) -> Reading:
    """Have the lyrics said; a text that espeak cannot say is none."""
    lines = written(wanted.lyrics)
    try:
        return Reading(lines=lines, spoken=said([" ".join(line) for line in lines], wanted.language) if lines else ())
    except SpeakerFailed:
        return Reading()


def hear(stereo: Samples, wanted: Wanted, reading: Reading, teller: Teller) -> Heard:
    """Listen.

    Args:
        stereo: Shape (2, frames), float32, at `decode.RATE`; at least `SHORTEST_RECORDING`.
        wanted: What to listen for.
        reading: Its lyrics, said.
        teller: Is told of it.
    """
    heard = _band(stereo, teller)
    if not (wanted.melody or wanted.stems or reading.lines):
        return heard
    teller.begun("voice")
    voice = _voice(stereo, wanted, teller).mean(axis=0)
    if wanted.melody:
        heard = replace(heard, melody=lead.notes(voice, RATE))
    if reading.lines:
        teller.begun("words")
        heard = replace(heard, words=placed(voice, RATE, reading.lines, reading.spoken))
    return heard


def _voice(stereo: Samples, wanted: Wanted, teller: Teller) -> Samples:
    """Who sings, shape (2, frames); stems are told of as they are wanted."""
    if wanted.stems == _ALL_STEMS:
        parts = separate.apart(stereo, RATE)
        for name in ("vocals", "drums", "bass", "other"):
            teller.stem(name, getattr(parts, name))
        return parts.vocals
    voice, rest = separate.vocals(stereo, RATE)
    if wanted.stems:
        teller.stem("vocals", voice)
        teller.stem("instrumental", rest)
    return voice


def _band(stereo: Samples, teller: Teller) -> Heard:
    """What all play together: beat, harmony, form."""
    teller.begun("beat")
    seconds = Seconds(stereo.shape[1] / RATE)
    mono = soxr.resample(stereo.mean(axis=0), RATE, spectra.RATE)
    begun, spectrum = spectra.flux(mono), spectra.pitch_spectrum(mono)
    cents = tuning(spectrum)
    spectrum = retuned(spectrum, cents)
    found = pulse(begun, seconds)
    there = bars(found, begun, spectrum)
    teller.begun("harmony")
    times = np.append(there.beats, max(float(2 * there.beats[-1] - there.beats[-2]), seconds))
    keys = salience(spectrum, times)
    loud = keys.sum(axis=0)
    sounding = loud >= _SOUNDING * loud.max()
    teller.begun("form")
    return Heard(
        seconds=Seconds(round(seconds, 3)),
        tempo=found.tempo,
        division=found.division,
        meter=there.meter,
        beats=_moments(there.beats),
        downbeats=_moments(there.beats[there.places]),
        key=key(keys[:, sounding], cents),
        chords=chords(keys, times, there),
        sections=sections(spectrum, keys, there, seconds),
    )


def _moments(times: np.ndarray) -> tuple[Seconds, ...]:
    return tuple(Seconds(round(float(time), 4)) for time in times)
