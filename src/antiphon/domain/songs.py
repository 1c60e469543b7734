"""Songs, as they are asked for and as they come out, whoever makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID

from antiphon.domain.heard import Heard
from antiphon.domain.units import Seconds

SongVerb = Literal[
    "create",
    "extend",
    "concat",
    "cover",
    "remaster",
    "replace",
    "mashup",
    "sample",
    "add_vocals",
    "add_instrumental",
    "perform",
    "transcribe",
]
"""What is done. "perform" plays a song again as it is; "transcribe" takes down what was heard of a recording."""

SongForm = Literal["mp3", "m4a", "wav", "midi", "notes", "words", "stems"]
"""Files that a song can be had as. "notes" and "words" are JSON: see `Notes` and `SungWord`; "stems" are several."""

StemSet = Literal["basic", "four", "full"]
"""Vocals and instrumental; vocals, drums, bass and the rest; or every part, at least twelve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SongWish:
    """A song to be made. What is left out, the maker chooses.

    Args:
        verb: What to do.
        take: From 1: another take has the same words and other music.
        seed: What chance is drawn from.
        sources: What it is made of: what the maker gave as `SongMade.memory` of earlier songs.
        singer: Who sings, as the maker gave it as a singer; None for whom it chooses.
        heard: What "transcribe" takes down.
        title: What it shall be called.
        style: Tags, such as "pop, summer".
        negative: Tags of what shall not be.
        description: What it is about and like.
        lyrics: What is sung; None for words that are written for it.
        language: Of the lyrics, such as "id"; "" for the maker to find out.
        instrumental: That nobody sings.
        gender: Whose voice it is.
        seconds: How long it shall be.
        style_weight: How typical of the style it is, 0 to 1.
        weirdness: How unusual, 0 to 1.
        audio_weight: How near a cover is to its source, 0 to 1.
        at: From which second of its source it goes on.
        start: From which second on something is replaced, sampled, added or cut out.
        end: Up to which.
        level: How far it is remastered.
        stems: Which parts "stems" are.
        stem: One part alone, by the name that it has among its stems; "" for the whole song.
    """

    verb: SongVerb
    take: int = 1
    seed: int
    sources: tuple[bytes, ...] = ()
    singer: bytes | None = None
    heard: Heard | None = None
    title: str = ""
    style: str = ""
    negative: str = ""
    description: str = ""
    lyrics: str | None = None
    language: str = ""
    instrumental: bool = False
    gender: Literal["male", "female"] | None = None
    seconds: float | None = None
    style_weight: float | None = None
    weirdness: float | None = None
    audio_weight: float | None = None
    at: Seconds | None = None
    start: Seconds | None = None
    end: Seconds | None = None
    level: Literal["subtle", "normal", "high"] = "normal"
    stems: StemSet = "basic"
    stem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SongTempo:
    """How fast a song goes, in beats a minute: on the whole, where it is slowest, where it is fastest."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SongMade:
    """A song that is there.

    Args:
        title: What it is called.
        style: What it became: tags.
        lyrics: With a line such as "[Verse 1]" before each section; "" for an instrumental.
        seconds: How long it lasts.
        tempo: How fast it goes.
        files: Those that were wanted, but for stems, in the folder that was given.
        stems: The stems that were wanted, by their names, in the order of a mixing desk.
        memory: What the maker needs to make something of it later.
    """

    title: str
    style: str
    lyrics: str
    seconds: Seconds
    tempo: SongTempo
    files: Mapping[SongForm, Path]
    stems: Mapping[str, Path]
    memory: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SungWord:
    """A word of a song and when it is heard.

    Args:
        text: As it is written.
        line: Which line of the lyrics it is in, from 0.
        section: The heading under which it stands, such as "Verse 1"; "" for none.
        place: Which section that is, from 0: two in a row may have one name.
        start: Seconds from the beginning.
        end: The same.
    """

    text: str
    line: int
    section: str = ""
    place: int = 0
    start: Seconds
    end: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SongNote:
    """A note that is played: its MIDI pitch, its seconds, and how hard, 0 to 1."""

    pitch: int
    start: float
    end: float
    velocity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SongPart:
    """Whoever plays in a song: what "notes" have of each."""

    name: str
    notes: tuple[SongNote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SongWords:
    """Lyrics that were written for nobody yet: a title, and lines under headings such as "[Verse 1]"."""

    title: str
    lyrics: str


ClipOrigin = Literal["made", "uploaded", "stem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A song, or a part of one, that an account has.

    Args:
        id: Its own. When it ends is part of it.
        origin: Where it comes from.
        verb: What was done to make it; None of what was not made here.
        title: What it is called.
        style: What it became.
        lyrics: What is sung; "" for an instrumental.
        seconds: How long it lasts.
        tempo: How fast it goes.
        model: As it was asked for; "" where nobody named one.
        created_at: Unix seconds.
        parents: The clips that it was made of.
        stem: The name of the part that it is; "" for a whole song.
        files: Where its files are, by their endings, such as {"mp3": "https://..."}; a cover is the "jpg".
    """

    id: UUID
    origin: ClipOrigin = "made"
    verb: SongVerb | None = None
    title: str
    style: str
    lyrics: str
    seconds: float
    tempo: SongTempo
    model: str = ""
    created_at: float
    parents: tuple[UUID, ...] = ()
    stem: str = ""
    files: Mapping[str, str]
