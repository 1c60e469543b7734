"""Plays parts: instruments made of sines, noise and single cycles of waves, by numpy alone."""

from antiphon.engines.song.orchestra import InstrumentUnknown
from antiphon.engines.song.play.instruments import Instrument, InstrumentsInvalid, instrument, instruments
from antiphon.engines.song.play.perform import play

__all__ = [
    "Instrument",
    "InstrumentUnknown",
    "InstrumentsInvalid",
    "instrument",
    "instruments",
    "play",
]
