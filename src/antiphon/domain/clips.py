"""Clips that voices are made from."""

import enum

from antiphon.domain.units import Seconds

LONGEST_CLIP = Seconds(20.0)
"""Source: contracts, Soniox §4."""


class ClipFault(enum.StrEnum):
    """Why nothing can be measured in a clip. Published: clients decide on these words."""

    TOO_LONG = "voice_audio_too_long"
    NO_SPEECH = "voice_audio_no_speech"
    UNREADABLE = "voice_audio_invalid"
