"""What a song's cover shows: words for the painter, from the song's title, its style and the images in its lyrics."""

import functools
import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from antiphon.domain.sleeves import SleeveWish
from antiphon.engines.painter.chance import chance
from antiphon.engines.painter.vocabulary import Table, vocabulary

Phrase = tuple[str, ...]

_WORDS = re.compile(r"[^\W_]+(?:[-'’&][^\W_]+)*")
_HEADINGS = re.compile(r"^[ \t]*[\[(][^\])\n]*[\])][ \t]*$", re.MULTILINE)
_LONGEST = 3
"""Words of a phrase."""
_READ = 3_000
"""Words of lyrics."""
_TITLE, _STYLE, _LYRICS = 4.0, 2.0, 1.5
"""What a word counts, by where it stands."""
_TAGS = 2
"""So many tags of a scene count and no more: styles are often told at length."""
_ENOUGH = 4
"""As often as this and no oftener a word of the lyrics counts: a chorus is sung again and again."""
_NEAR = 0.6
"""A scene that counts so much of the best may be chosen too."""
_SAID = 2.0
"""What the time of day, the weather and the season have to count to be painted."""
_ANYTHING = ("beach", "mountains", "lake", "meadow", "shapes", "stars")
_SCREENED: Mapping[Table, frozenset[str]] = {
    "time": frozenset({"day", "noon", "bright day", "golden"}),
    "weather": frozenset({"clear", "wet", "wind", "smoke", "asap", "shower"}),
    "season": frozenset({"spring", "ice", "es", "harvest"}),
}
"""Words of lyrics that rarely mean the picture: "one day", "smoke", "spring to your feet"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One of `data/scenes.toml`: what the painter is asked, and the words and tags of which it is the picture."""

    paint: tuple[str, ...]
    words: frozenset[Phrase]
    tags: frozenset[Phrase]


def prompt(wish: SleeveWish) -> str:
    """What is asked of the painter; the same for the same wish."""
    title, style, lyrics = (tuple(_phrases(text)) for text in (wish.title, wish.style, _sung(wish.lyrics)))
    draw = chance(seed(wish), "motif")
    scene = scenes()[draw.choice(_nearest(_counted(title, style, lyrics)))]
    told = ("album cover", draw.choice(scene.paint), *_air(title, style, lyrics))
    return ", ".join(word for word in dict.fromkeys(told) if word)


def seed(wish: SleeveWish) -> int:
    """What the painter's chance is drawn from: another one for every other song, and for every other seed."""
    told = "\0".join((str(wish.seed), wish.title, wish.style, wish.lyrics))
    return int.from_bytes(hashlib.sha256(told.encode("utf-8", "replace")).digest()[:4], "big")


def _sung(lyrics: str) -> str:
    return _HEADINGS.sub("", lyrics)


def _phrases(text: str) -> Iterator[Phrase]:
    """All phrases of a text, each word also as what it may be the plural or the possessive of."""
    words = [match[0].replace("’", "'") for match in _WORDS.finditer(text.lower())][:_READ]
    for at in range(len(words)):
        for size in range(1, min(_LONGEST, len(words) - at) + 1):
            *first, last = words[at : at + size]
            yield (*first, last)
            for ending in ("es", "s", "'s", "nya"):
                if last.endswith(ending) and len(last) > len(ending) + 2:
                    yield (*first, last.removesuffix(ending))


def _counted(title: Sequence[Phrase], style: Sequence[Phrase], lyrics: Sequence[Phrase]) -> Mapping[str, float]:
    """How much each scene is that of the song."""
    sung = Counter(lyrics)
    told: dict[str, float] = {}
    for name, scene in scenes().items():
        count = _TITLE * sum(phrase in scene.words for phrase in set(title))
        count += _STYLE * min(_TAGS, sum(phrase in scene.tags or phrase in scene.words for phrase in set(style)))
        count += _LYRICS * sum(min(_ENOUGH, sung[phrase]) for phrase in scene.words if phrase in sung)
        told[name] = count
    return told


def _nearest(counted: Mapping[str, float]) -> list[str]:
    best = max(counted.values())
    return [name for name, count in counted.items() if count >= best * _NEAR] if best else list(_ANYTHING)


def _air(title: Sequence[Phrase], style: Sequence[Phrase], lyrics: Sequence[Phrase]) -> Iterator[str]:
    """The light, the weather, the season and the mood: what the song says, else what suits its style."""
    light = _most("time", title, style, lyrics)
    yield from (light or _suits("light", style),)
    yield from (_most("weather", title, style, lyrics),)
    yield from (_most("season", title, style, lyrics),)
    known = [" ".join(phrase) for phrase in style if _means(phrase, ("mood", "style"))]
    yield from (known or [_suits("manner", style)])[:2]


def _most(table: Table, title: Sequence[Phrase], style: Sequence[Phrase], lyrics: Sequence[Phrase]) -> str:
    """What a song says most of the time of day or the like; "" where it says hardly anything."""
    count: Counter[str] = Counter()
    for phrases, weight in ((title, _TITLE), (style, _STYLE), (lyrics, _LYRICS)):
        for phrase in phrases:
            if _means(phrase, (table,)) and " ".join(phrase) not in _SCREENED[table]:
                count[" ".join(phrase)] += weight  # type: ignore[assignment]
    return next((phrase for phrase, weight in count.most_common(1) if weight >= _SAID), "")


def _means(phrase: Phrase, tables: Iterable[Table]) -> bool:
    return any(table in tables for table, _meaning in vocabulary().meanings.get(phrase, ()))


def _suits(table: str, style: Sequence[Phrase]) -> str:
    """What suits a style, of `data/airs.toml`; the first of its tags counts most."""
    known = airs()[table]
    return next((known[phrase] for phrase in style if phrase in known), "")


@functools.cache
def scenes() -> Mapping[str, Scene]:
    """What covers can show, by name."""
    return {
        name: Scene(
            paint=tuple(told["paint"]),
            words=frozenset(tuple(phrase.split()) for phrase in told["words"]),
            tags=frozenset(tuple(phrase.split()) for phrase in told["tags"]),
        )
        for name, told in _table("scenes.toml").items()
    }


@functools.cache
def airs() -> Mapping[str, Mapping[Phrase, str]]:
    """How styles look: of each table of `data/airs.toml`, the painter's word for a tag."""
    return {
        table: {tuple(tag.split()): word for word, tags in entries.items() for tag in tags}
        for table, entries in _table("airs.toml").items()
    }


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("antiphon.engines.sleeve") / "data" / name).read_text(encoding="utf-8"))
