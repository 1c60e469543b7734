"""What stands around a song to be looked at, as it is asked for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SleeveWish:
    """A song whose cover or film is wanted.

    Args:
        title: What it is called; "" for nothing to be lettered.
        style: Tags, such as "pop, summer".
        lyrics: What is sung, with lines such as "[Verse 1]"; "" for an instrumental.
        seed: What chance is drawn from: another seed gives another cover.
    """

    title: str
    style: str
    lyrics: str
    seed: int
