"""Plays parts: instruments made of sines, noise and single cycles of waves, by numpy alone."""

from antiphon.engines.song.play.instruments import (
    Instrument,
    InstrumentsInvalid,
    InstrumentUnknown,
    instrument,
    instruments,
)
from antiphon.engines.song.play.perform import play
from antiphon.engines.song.play.swing import moment

__all__ = [
    "Instrument",
    "InstrumentUnknown",
    "InstrumentsInvalid",
    "instrument",
    "instruments",
    "moment",
    "play",
]
