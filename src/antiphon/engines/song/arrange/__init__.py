"""The arrangement: who plays in which section, and what."""

from antiphon.engines.song.arrange.arrange import arrange

__all__ = ["arrange"]
