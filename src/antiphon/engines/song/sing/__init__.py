"""Sings: espeak says the phonemes, a vocoder puts them on the tune, by numpy alone."""

from antiphon.engines.song.sing.choir import sing
from antiphon.engines.song.sing.speaker import EspeakSpeaker, Phone, Speaker, SpeakerFailed, Spoken

__all__ = ["EspeakSpeaker", "Phone", "Speaker", "SpeakerFailed", "Spoken", "sing"]
