"""Clips that voices are made from."""

import enum

from antiphon.domain.units import Seconds

LONGEST_CLIP = Seconds(20.0)
"""Source: contracts, Soniox §4."""

SHORTEST_AUDITION = Seconds(10.0)
"""Of a recording of somebody who is to sing; of a long one the first `LONGEST_CLIP` are heard. Source: contracts,
MusicAPI §5.5."""


class ClipFault(enum.StrEnum):
    """Why nothing can be measured in a clip. Published: clients decide on these words."""

    TOO_LONG = "voice_audio_too_long"
    TOO_SHORT = "voice_audio_too_short"
    NO_SPEECH = "voice_audio_no_speech"
    UNREADABLE = "voice_audio_invalid"
