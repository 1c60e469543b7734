"""Sounds of the mouth that nobody has to say: a hum, for what espeak cannot say, and breath."""

import numpy as np

from antiphon.engines.song.sing.align import Span
from antiphon.engines.song.sing.plan import Said
from antiphon.engines.song.sing.spectrum import BINS, HOP, Analysis

_TOP = 11_025.0
_LENGTH = 1.0
_HUM = ((270.0, 0.0, 70.0), (1_000.0, -26.0, 200.0), (2_200.0, -28.0, 250.0), (3_300.0, -34.0, 350.0))
_BREATH = ((550.0, -6.0, 350.0), (1_500.0, 0.0, 400.0), (2_600.0, -3.0, 500.0), (4_200.0, -8.0, 900.0))
_DEPTH = -52.0
"""Decibels between the resonances."""


def hum(rate: int) -> Analysis:
    """A voice through the nose."""
    return _lasting(_HUM, voice=1.0, rate=rate)


def breath(rate: int) -> Analysis:
    """Air, without a voice."""
    return _lasting(_BREATH, voice=0.0, rate=rate)


def hummed(source: int) -> Said:
    """A syllable that is hummed."""
    return Said(source=source, onset=None, vowel=Span(0.0, _LENGTH - HOP), coda=None)


def _lasting(resonances: tuple[tuple[float, float, float], ...], *, voice: float, rate: int) -> Analysis:
    frequencies = np.linspace(0.0, _TOP, BINS)
    power = np.full(BINS, 10.0 ** (_DEPTH / 10.0))
    for centre, level, width in resonances:
        power += 10.0 ** (level / 10.0) / (1.0 + ((frequencies - centre) / width) ** 2) ** 1.3
    moments = round(_LENGTH / HOP)
    return Analysis(
        envelope=np.tile(np.log(power).astype(np.float32), (moments, 1)),
        voiced=np.full(moments, voice, dtype=np.float32),
        clear=np.full(moments, voice, dtype=np.float32),
        level=np.full(moments, 10.0 * np.log10(power.mean()), dtype=np.float32),
        sound=np.zeros(round(_LENGTH * rate), dtype=np.float32),
        rate=rate,
        top=_TOP,
    )
