"""What a song can be made of: the verbs, each with what it needs. Values only."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from antiphon.domain.heard import Heard
from antiphon.domain.songs import SongWish
from antiphon.domain.units import Seconds
from antiphon.engines.song.request import Change, Gender, Request
from antiphon.engines.song.score import Score
from antiphon.engines.song.verbs.remaster import Level

_NONE = Change()


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """A new song."""

    request: Request
    verb: Literal["create"] = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend:
    """How a song goes on from a second; what was before is not in it."""

    source: Score
    at: Seconds
    change: Change = _NONE
    verb: Literal["extend"] = "extend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concat:
    """A song as far as its extension begins, and then that."""

    source: Score
    extension: Score
    verb: Literal["concat"] = "concat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The same tune and words in another style."""

    source: Score
    change: Change = _NONE
    verb: Literal["cover"] = "cover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """A song with something else between two seconds."""

    source: Score
    start: Seconds
    end: Seconds
    change: Change = _NONE
    verb: Literal["replace"] = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mashup:
    """Two songs in one."""

    first: Score
    second: Score
    change: Change = _NONE
    verb: Literal["mashup"] = "mashup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A new song around what is between two seconds of another."""

    source: Score
    start: Seconds
    end: Seconds
    change: Change = _NONE
    verb: Literal["sample"] = "sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddVocals:
    """The same band, and somebody who sings with it."""

    source: Score
    change: Change = _NONE
    verb: Literal["add_vocals"] = "add_vocals"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddInstrumental:
    """The same voice, and another band: in the whole song, or between two seconds."""

    source: Score
    start: Seconds | None = None
    end: Seconds | None = None
    change: Change = _NONE
    verb: Literal["add_instrumental"] = "add_instrumental"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaster:
    """The same song, made even, bright and loud to another degree."""

    source: Score
    level: Level
    verb: Literal["remaster"] = "remaster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Perform:
    """The song as it is."""

    source: Score
    verb: Literal["perform"] = "perform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcribe:
    """A recording, taken down: as `transcribed.Wish`, which see.

    Args:
        heard: What was heard of it.
        language: Of the words; "" for the one that they seem to be in.
        instrumental: That the tune is played, even where there are words.
    """

    heard: Heard
    seed: int
    title: str = ""
    style: str = ""
    gender: Gender | None = None
    language: str = ""
    instrumental: bool = False
    verb: Literal["transcribe"] = "transcribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What somebody wishes who has no time to read its sources: any of the others, once they are read."""

    wish: SongWish
    verb: Literal["wished"] = "wished"


Verb: TypeAlias = (
    Create
    | Extend
    | Concat
    | Cover
    | Replace
    | Mashup
    | Sample
    | AddVocals
    | AddInstrumental
    | Remaster
    | Perform
    | Transcribe
)
"""What is done, and all that it needs."""

Making: TypeAlias = Verb | Wished
"""What a task can be."""
