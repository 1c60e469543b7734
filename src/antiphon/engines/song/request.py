"""What is asked for, of a new song and of one that there is. Values only, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.score import Singer

Gender = Literal["male", "female"]

SHORTEST, LONGEST = 10.0, 360.0
"""Seconds of a song."""

MOST_LETTERS = 5_000
"""Of each text of a request."""

_SEEDS = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for. All but the seed may be left out, but not everything.

    Args:
        seed: What chance is drawn from: the same request and seed give the same song.
        title: What it shall be called.
        style: Tags, such as "pop, summer, no drums".
        negative: Tags of what shall not be.
        description: What it is about and like, in words.
        lyrics: What is sung; None for words that are written for it.
        instrumental: That nobody sings.
        gender: Whose voice it is.
        seconds: How long it shall be, 10 to 360.
        language: A language code of the lyrics; None, or one that nobody speaks here, for the one the texts are in.
        style_weight: How typical of the style it is, 0 to 1.
        weirdness: How unusual, 0 to 1.
        audio_weight: How near a cover is to its source, 0 to 1.
        singer: Who sings, instead of somebody whom chance and the style choose.

    Raises:
        InvalidRequest: "missing" where nothing is asked for; "out_of_range", "too_long".
    """

    seed: int
    title: str = ""
    style: str = ""
    negative: str = ""
    description: str = ""
    lyrics: str | None = None
    instrumental: bool = False
    gender: Gender | None = None
    seconds: float | None = None
    language: str | None = None
    style_weight: float | None = None
    weirdness: float | None = None
    audio_weight: float | None = None
    singer: Singer | None = None

    def __post_init__(self) -> None:
        texts = {
            "title": self.title,
            "style": self.style,
            "negative": self.negative,
            "description": self.description,
            "lyrics": self.lyrics or "",
        }
        _check_texts(texts)
        if not -_SEEDS <= self.seed < _SEEDS:
            raise InvalidRequest("out_of_range", "seed", low=-_SEEDS, high=_SEEDS - 1)
        if not self.instrumental and not any(text.strip() for name, text in texts.items() if name != "negative"):
            raise InvalidRequest("missing", "description")
        _check_length(self.seconds)
        _check_weights(
            {"style_weight": self.style_weight, "weirdness": self.weirdness, "audio_weight": self.audio_weight}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What of a song's request is another one now. None leaves it as it was.

    Args:
        title: What it shall be called.
        style: Tags; of the former description only what the song is about counts then.
        negative: Tags of what shall not be.
        description: What it is about and like, in words.
        lyrics: What is sung.
        instrumental: Whether nobody sings.
        gender: Whose voice it is.
        seconds: How long it shall be, 10 to 360.
        seed: What chance is drawn from.
        style_weight: How typical of the style it is, 0 to 1.
        weirdness: How unusual, 0 to 1.
        audio_weight: How near a cover is to its source, 0 to 1.
        language: A language code of the lyrics.
        singer: Who sings, whatever gender is asked for.

    Raises:
        InvalidRequest: "out_of_range", "too_long".
    """

    title: str | None = None
    style: str | None = None
    negative: str | None = None
    description: str | None = None
    lyrics: str | None = None
    instrumental: bool | None = None
    gender: Gender | None = None
    seconds: float | None = None
    seed: int | None = None
    style_weight: float | None = None
    weirdness: float | None = None
    audio_weight: float | None = None
    language: str | None = None
    singer: Singer | None = None

    def __post_init__(self) -> None:
        texts = {
            "title": self.title,
            "style": self.style,
            "negative": self.negative,
            "description": self.description,
            "lyrics": self.lyrics,
        }
        _check_texts({name: text or "" for name, text in texts.items()})
        _check_length(self.seconds)
        _check_weights(
            {"style_weight": self.style_weight, "weirdness": self.weirdness, "audio_weight": self.audio_weight}
        )

    @property
    def words(self) -> str | None:
        """The lyrics that are given; None where there are none, or nothing in them."""
        return self.lyrics if self.lyrics is not None and self.lyrics.strip() else None


def _check_texts(texts: Mapping[str, str]) -> None:
    """Refuse texts, by the names of their fields, that are too long.

    Raises:
        InvalidRequest: "too_long".
    """
    for name, text in texts.items():
        if len(text) > MOST_LETTERS:
            raise InvalidRequest("too_long", name, limit=MOST_LETTERS, length=len(text))


def _check_length(seconds: float | None) -> None:
    """Refuse a length that no song has; None is any.

    Raises:
        InvalidRequest: "out_of_range".
    """
    if seconds is not None and not SHORTEST <= seconds <= LONGEST:
        raise InvalidRequest("out_of_range", "seconds", low=SHORTEST, high=LONGEST)


def _check_weights(weights: Mapping[str, float | None]) -> None:
    """Refuse weights, by the names of their fields, that are not from 0 to 1; None is the usual one.

    Raises:
        InvalidRequest: "out_of_range".
    """
    for name, weight in weights.items():
        if weight is not None and not 0.0 <= weight <= 1.0:
            raise InvalidRequest("out_of_range", name, low=0.0, high=1.0)
