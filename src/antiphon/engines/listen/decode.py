"""A stranger's file as sound. For confined children only (`kit.confinement`)."""

import numpy as np

from antiphon.audio.clip import ClipUnusable, decode_stereo
from antiphon.audio.samples import Samples
from antiphon.domain.clips import ClipFault
from antiphon.domain.heard import LONGEST_RECORDING, SHORTEST_RECORDING, HearingFault
from antiphon.domain.units import Hertz

RATE = Hertz(44_100)

_SOFTEST = 1e-4
"""The peak below which there is nothing to hear: -80 dB."""


def decoded(file: bytes) -> Samples | HearingFault:
    """The sound of a file, shape (2, frames), at `RATE`; or why there is none.

    What kind of file it is, its first bytes say; the formats are those of `audio.clip`.
    """
    try:
        stereo = decode_stereo(file, rate=RATE, longest=LONGEST_RECORDING)
    except ClipUnusable as unusable:
        return HearingFault.TOO_LONG if unusable.fault is ClipFault.TOO_LONG else HearingFault.UNREADABLE
    if stereo.shape[1] < SHORTEST_RECORDING * RATE:
        return HearingFault.TOO_SHORT
    return stereo if float(np.abs(stereo).max()) > _SOFTEST else HearingFault.SILENT
