"""The brief: what a prompt asks for, as names that composing understands."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.colour import Colour
from antiphon.engines.painter.likeness import Likeness
from antiphon.engines.painter.vocabulary import LONGEST_PHRASE, TABLES, Table, vocabulary

Aspect = Literal["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9"]
Size = Literal["1K", "2K", "4K"]

ASPECTS: Mapping[Aspect, Fraction] = MappingProxyType(
    {
        "1:1": Fraction(1),
        "16:9": Fraction(16, 9),
        "9:16": Fraction(9, 16),
        "4:3": Fraction(4, 3),
        "3:4": Fraction(3, 4),
        "3:2": Fraction(3, 2),
        "2:3": Fraction(2, 3),
        "21:9": Fraction(21, 9),
    }
)
SIZES: Mapping[Size, int] = MappingProxyType({"1K": 1024, "2K": 2048, "4K": 4096})
"""Pixels on the long side."""

MOST_LETTERS = 32_000
"""Of a prompt; what is beyond the first few thousand hardly changes anything."""

MOST_PICTURES = 4
MOST_TITLE = 200

_READ_WORDS = 2_000
_QUOTED = re.compile(r"[\"“”«»„]([^\"“”«»„]{1,80})[\"“”«»„]|(?<!\w)'([^']{2,80})'(?!\w)")
_WORDS = re.compile(r"[^\W_]+(?:[-'’&][^\W_]+)*|[,.;:!?\n]")
_FAMILY_WEIGHTS: Mapping[str, int] = {
    "underwater": 6,
    "portrait": 5,
    "space": 5,
    "city": 4,
    "desert": 4,
    "forest": 3,
    "abstract": 3,
    "coast": 3,
    "mountain": 3,
    "meadow": 3,
    "flowers": 2,
    "cover": 1,
}
"""Which subject a picture is of where its prompt names several: the heaviest, else the first."""

_GENERAL = {"landscape", "scenery", "pemandangan", "alam", "range", "valley", "ridge", "line", "people", "orang"}
"""Words that name a family only where no other does."""

_SCENIC = {"mountain", "meadow", "coast", "forest", "desert", "city"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for.

    Args:
        prompt: What the picture shows.
        seed: What chance is drawn from: the same request and seed give the same picture.
        aspect: Width to height.
        size: How many pixels the long side has.
        count: How many pictures.
        title: Letters on the picture; "" for those that the prompt quotes, if any.
        like: What a given picture is like, whose colours and composition are taken.

    Raises:
        InvalidRequest: "missing" where the prompt is empty; "too_long", "out_of_range".
    """

    prompt: str
    seed: int
    aspect: Aspect = "1:1"
    size: Size = "1K"
    count: int = 1
    title: str = ""
    like: Likeness | None = None

    def __post_init__(self) -> None:
        for name, text, limit in (("prompt", self.prompt, MOST_LETTERS), ("title", self.title, MOST_TITLE)):
            if len(text) > limit:
                raise InvalidRequest("too_long", name, limit=limit, length=len(text))
        if not self.prompt.strip() and not self.title.strip() and self.like is None:
            raise InvalidRequest("missing", "prompt")
        if not 1 <= self.count <= MOST_PICTURES:
            raise InvalidRequest("out_of_range", "count", low=1, high=MOST_PICTURES)
        if self.aspect not in ASPECTS:
            raise InvalidRequest("unknown_aspect", "aspect", known=tuple(ASPECTS))
        if self.size not in SIZES:
            raise InvalidRequest("unknown_size", "size", known=tuple(SIZES))

    def pixels(self) -> tuple[int, int]:
        """Columns and rows."""
        long, ratio = SIZES[self.size], ASPECTS[self.aspect]
        return (long, round(long / ratio)) if ratio >= 1 else (round(long * ratio), long)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a prompt means. Names are those of `data/words.toml`; "" where it does not say.

    Args:
        seed: What all of a picture's chance is drawn from: the request's, the picture's number and the prompt's words.
        families: Of subjects, the one that it is a picture of first.
        colours: That are asked for by name.
        letters: What is to be lettered.
        absent: Names of what must not be there.
        twist: Of the words that are not understood, and of the others, -1 to 1: they steer too.
    """

    seed: int
    width: float
    families: tuple[str, ...]
    time: str = ""
    weather: str = ""
    season: str = ""
    styles: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    motifs: frozenset[str] = frozenset()
    colours: tuple[Colour, ...] = ()
    letters: str = ""
    absent: frozenset[str] = frozenset()
    twist: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    subject: str = ""
    like: Likeness | None = None

    def has(self, *names: str) -> bool:
        """Whether one of these is asked for: a motif, style, mood, season, weather or family."""
        mine = {*self.motifs, *self.styles, *self.moods, *self.families, self.season, self.weather, self.time}
        return any(name in mine and name not in self.absent for name in names)

    def lacks(self, *names: str) -> bool:
        """Whether one of these must not be there."""
        return any(name in self.absent for name in names)


@dataclass(slots=True)
class _Found:
    """What reading has found so far, in the order of the text."""

    wanted: dict[Table, list[str]] = field(default_factory=lambda: {table: [] for table in TABLES})
    general: list[str] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)


def brief(request: Request, number: int = 0) -> Brief:
    """What a request means, for the picture with this number of those it asks for."""
    prompt, quoted = _unquoted(request.prompt)
    found = _read(prompt)
    families = _families(found, lettered=bool(request.title.strip() or quoted))
    twist = _twist(" ".join(found.words) or prompt)
    digest = int.from_bytes(hashlib.sha256(f"{request.seed} {number} {twist}".encode()).digest()[:4], "big")
    wanted = found.wanted
    draw = chance(digest, "brief")
    return Brief(
        seed=digest,
        width=float(ASPECTS[request.aspect]),
        families=families or (draw.choice(("mountain", "coast", "meadow", "abstract", "forest", "desert")),),
        time=_first(wanted["time"], found.absent),
        weather=_first(wanted["weather"], found.absent),
        season=_first(wanted["season"], found.absent),
        styles=tuple(wanted["style"]),
        moods=tuple(wanted["mood"]),
        motifs=frozenset(wanted["motif"]) - found.absent,
        colours=tuple(Colour(name) for name in wanted["colour"] if name not in found.absent),
        letters=" ".join((request.title or quoted).split()),
        absent=frozenset(found.absent),
        twist=twist,
        subject=" ".join(prompt.split())[:120],
        like=request.like,
    )


def _unquoted(prompt: str) -> tuple[str, str]:
    """The prompt without what it quotes, and the first of that."""
    text = unicodedata.normalize("NFKC", prompt)
    found = _QUOTED.search(text)
    return (_QUOTED.sub(" ", text), (found[1] or found[2]).strip()) if found else (text, "")


def _first(names: list[str], absent: set[str]) -> str:
    return next((name for name in names if name not in absent), "")


def _families(found: _Found, *, lettered: bool) -> tuple[str, ...]:
    named = [name for name in dict.fromkeys(found.wanted["family"]) if name not in found.absent]
    if not named:
        named = [name for name in dict.fromkeys(found.general) if name not in found.absent]
    if "flowers" in named and _SCENIC & set(named):
        named = [name for name in named if name != "flowers"]
    ranked = sorted(named, key=lambda name: (-_FAMILY_WEIGHTS[name], named.index(name)))
    if "cover" in ranked or (lettered and not ranked):
        ranked = ["cover", *(name for name in ranked if name != "cover")]
    return tuple(ranked)


def _read(prompt: str) -> _Found:
    """Go over the text once, the longest phrase first."""
    known, found = vocabulary(), _Found()
    words = [match[0].lower() for match in _WORDS.finditer(prompt)][:_READ_WORDS]
    at, denied = 0, False
    while at < len(words):
        size, phrase = _longest(words, at)
        if not size and words[at] in ",.;:!?\n":
            denied = False
        elif tuple(words[at : at + size or at + 1]) in known.negations:
            denied = True
        else:
            found.words.append(" ".join(words[at : at + (size or 1)]))
            for table, meaning in known.meanings.get(phrase, ()):
                _note(found, table, meaning, phrase, denied=denied)
            denied = denied and (not size or _goes_on(words, at + size))
        at += size or 1
    return found


def _goes_on(words: list[str], at: int) -> bool:
    """Whether a negation holds for the next word too, as in "no clouds or birds"."""
    return at < len(words) and words[at] in {"or", "and", "nor", "atau", "dan"}


def _note(found: _Found, table: Table, meaning: str, phrase: tuple[str, ...], *, denied: bool) -> None:
    if denied:
        found.absent.add(meaning)
        if table == "season" and meaning == "winter":
            found.absent.add("snow")
    elif table == "family" and " ".join(phrase) in _GENERAL:
        found.general.append(meaning)
    elif meaning not in found.wanted[table]:
        found.wanted[table].append(meaning)


def _longest(words: list[str], at: int) -> tuple[int, tuple[str, ...]]:
    """How many words the longest known phrase here has (0: none), and the phrase as it is known."""
    known = vocabulary()
    for size in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
        for phrase in _forms(tuple(words[at : at + size])):
            if phrase in known.meanings or phrase in known.negations:
                return size, phrase
    return 0, ()


def _forms(phrase: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A phrase, and what it may be the plural or the possessive of."""
    yield phrase
    *first, last = phrase
    for ending, instead in (("ies", "y"), ("es", ""), ("s", ""), ("'s", ""), ("nya", "")):
        if last.endswith(ending) and len(last) > len(ending) + 2:
            yield (*first, last.removesuffix(ending) + instead)


def _twist(text: str) -> tuple[float, float, float, float]:
    """Numbers that any other text has others of."""
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    parts = [int.from_bytes(digest[start : start + 4], "big") / 2**31 - 1 for start in (0, 4, 8, 12)]
    return parts[0], parts[1], parts[2], parts[3]
