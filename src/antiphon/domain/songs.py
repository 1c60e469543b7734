"""Songs, as they are asked for and as they come out, whoever makes them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from antiphon.domain.units import Seconds

SongVerb = Literal["create", "extend", "concat", "cover", "remaster"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SongWish:
    """A song to be made. What is left out, the maker chooses.

    Args:
        verb: What to do.
        take: From 1: another take has the same words and other music.
        seed: What chance is drawn from.
        sources: What it is made of: what the maker gave as `SongMade.memory` of earlier songs.
        title: What it shall be called.
        style: Tags, such as "pop, summer".
        negative: Tags of what shall not be.
        description: What it is about and like.
        lyrics: What is sung; None for words that are written for it.
        instrumental: That nobody sings.
        gender: Whose voice it is.
        seconds: How long it shall be.
        style_weight: How typical of the style it is, 0 to 1.
        weirdness: How unusual, 0 to 1.
        audio_weight: How near a cover is to its source, 0 to 1.
        at: From which second of its source it goes on.
        level: How far it is remastered.
    """

    verb: SongVerb
    take: int = 1
    seed: int
    sources: tuple[bytes, ...] = ()
    title: str = ""
    style: str = ""
    negative: str = ""
    description: str = ""
    lyrics: str | None = None
    instrumental: bool = False
    gender: Literal["male", "female"] | None = None
    seconds: float | None = None
    style_weight: float | None = None
    weirdness: float | None = None
    audio_weight: float | None = None
    at: Seconds | None = None
    level: Literal["subtle", "normal", "high"] = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class SongMade:
    """A song that is there.

    Args:
        title: What it is called.
        style: What it became: tags.
        lyrics: With a line such as "[Verse 1]" before each section; "" for an instrumental.
        seconds: How long it lasts.
        bpm: Its tempo.
        audio: The song, as MP3, in the folder that was given.
        memory: What the maker needs to make something of it later.
    """

    title: str
    style: str
    lyrics: str
    seconds: Seconds
    bpm: float
    audio: Path
    memory: bytes
