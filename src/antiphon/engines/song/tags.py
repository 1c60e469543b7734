"""What words of a request mean: tags by name, by another name, by a word in them, else by what they are nearest to."""

import difflib
import enum
import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from antiphon.engines.song.vocabulary import vocabulary

_BETWEEN = re.compile(r"[,;|\n•·、，；]+|(?<![\d\s])\s*/\s*(?!\d)")
_NEGATION = re.compile(r"(?:no|not|non|without|minus|avoid|exclude|tanpa|bukan|jangan)[\s-]+(?:any\s+)?|[-!]\s*")
_TEMPO = re.compile(
    r"(?:tempo\s*(?:of|:|=)?\s*)?(\d{2,3})(?:\.\d+)?\s*(?:bpm|beats per minute)|tempo\s*[:=]?\s*(\d{2,3})"
)
_KEY = re.compile(r"(?:in\s+|key\s*(?:of|:)?\s*)?([a-g])\s?(#|♯|b|♭|sharp|flat)?\s*(major|minor|maj|min|mayor|m)")
_BARE_KEY = re.compile(r"key\s*(?:of|:)?\s*([a-g])\s?(#|♯|b|♭|sharp|flat)?")
_FILLING_WORDS = """
a an the and with of in on for to some very really kind sort type style styles vibe vibes feel feeling mood sound
sounds sounding music song songs track tune genre based inspired influenced influence influences touch elements
era like but more lots lot plenty dan dengan yang lagu musik nuansa irama gaya suasana
"""
_FILLING = frozenset(_FILLING_WORDS.split())
_WHATEVER, _OR = "any", frozenset({"or", "nor", "atau"})
_LONGEST = 5
"""Words of the longest name."""

_NEAR, _SHORTEST = 0.8, 4
_MOST_TAGS, _LONGEST_TAG = 100, 80


class Kind(enum.StrEnum):
    """What a tag can name."""

    GENRE = "genre"
    MOOD = "mood"
    INSTRUMENT = "instrument"
    VOICE = "voice"
    MANNER = "manner"
    METER = "meter"
    MODE = "mode"
    TEMPO = "tempo"
    KEY = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """Something that is asked for.

    Args:
        kind: What is named.
        name: Its name in the vocabulary; of a tempo, beats a minute; of a key, such as "C# minor".
        text: What was written.
        wanted: False where it shall not be.
        overruled: The later text that says the opposite; None where the tag counts.
    """

    kind: Kind
    name: str
    text: str
    wanted: bool = True
    overruled: str | None = None

    @property
    def meaning(self) -> str:
        """What it was taken for, in words."""
        said = f"{'' if self.wanted else 'no '}{self.kind} {self.name.replace('_', ' ')}"
        return said if self.overruled is None else f"{said}, overruled by {self.overruled}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Tags as they were understood.

    Args:
        tags: In order.
        unknown: What was not understood, as it was written.
    """

    tags: tuple[Tag, ...] = ()
    unknown: tuple[str, ...] = ()


def read(text: str) -> Reading:
    """What a list of tags means, such as "pop, no drums, 120 bpm"."""
    tags: list[Tag] = []
    unknown: list[str] = []
    for written in _pieces(text):
        found = list(_meaning(written))
        tags += found
        if not found and any(letter.isalnum() for letter in written):
            unknown.append(written)
    return Reading(tags=tuple(tags), unknown=tuple(unknown))


def read_negative(text: str) -> Reading:
    """What a list of tags means that shall not be. "no drums" in it means the same as "drums"."""
    reading = read(", ".join(_NEGATION.sub("", piece, count=1) for piece in _pieces(text)))
    return replace(reading, tags=tuple(replace(tag, wanted=False) for tag in reading.tags))


def overheard(text: str) -> tuple[Tag, ...]:
    """What is named in running text, by exact names only: other words of it are about something."""
    return tuple(_named(text))


def settled(tags: Sequence[Tag]) -> tuple[Tag, ...]:
    """The tags, of those that contradict each other only the last one not overruled."""
    last: dict[str, Tag] = {}
    done: list[Tag] = []
    for tag in reversed(tags):
        rival = last.setdefault(_matter(tag), tag)
        contradicts = (rival.name, rival.wanted) != (tag.name, tag.wanted) and _excludes(rival, tag)
        done.append(replace(tag, overruled=rival.text) if contradicts else tag)
    return tuple(reversed(done))


def _matter(tag: Tag) -> str:
    """What a tag is about: tags that are about the same can contradict each other."""
    if tag.kind is Kind.MOOD and (axis := vocabulary().moods[tag.name].axis):
        return f"mood {axis}"
    single = tag.kind in {Kind.VOICE, Kind.METER, Kind.TEMPO, Kind.KEY, Kind.MODE, Kind.MANNER}
    return str(tag.kind) if single else f"{tag.kind} {tag.name}"


def _excludes(rival: Tag, tag: Tag) -> bool:
    """Whether a later tag about the same matter leaves no place for an earlier one."""
    if tag.kind is Kind.MOOD and tag.name != rival.name:
        moods = vocabulary().moods
        return tag.wanted and rival.wanted and moods[tag.name].end != moods[rival.name].end
    if tag.name != rival.name and tag.kind is not Kind.VOICE:
        return tag.wanted and rival.wanted
    return not (tag.kind is Kind.VOICE and "any" in {tag.name, rival.name} and tag.wanted and rival.wanted)


def _pieces(text: str) -> list[str]:
    pieces = [" ".join(piece.split()).strip(" .\"'") for piece in _whole_names(text)]
    return [piece[:_LONGEST_TAG] for piece in pieces if piece][:_MOST_TAGS]


def _whole_names(text: str) -> Iterator[str]:
    """The text's pieces. Some names have a stroke in them, such as "dance/edm"."""
    for piece in re.split(r"[,;|\n•·、，；]+", text):
        if _plain(piece) in _index():
            yield piece
        else:
            yield from _BETWEEN.split(piece)


def _meaning(written: str) -> Iterator[Tag]:
    plain = _plain(written)
    exact = _index().get(plain)
    if exact is not None:
        yield Tag(kind=exact[0], name=exact[1], text=written)
        return
    negation = _NEGATION.match(plain)
    if negation is not None and plain[negation.end() :]:
        for tag in _meaning(plain[negation.end() :]):
            yield replace(tag, text=written, wanted=not tag.wanted)
        return
    measured = tuple(_measured(plain))
    found = [replace(tag, text=written) for tag in (measured or _named(plain))]
    yield from found or _nearest(written, plain)


def _measured(plain: str) -> Iterator[Tag]:
    """Tempo and key."""
    if tempo := _TEMPO.search(plain):
        yield Tag(kind=Kind.TEMPO, name=tempo[1] or tempo[2], text=plain)
    if key := _KEY.fullmatch(plain):
        mode = "minor" if key[3] in {"minor", "min", "m"} else "major"
        yield Tag(kind=Kind.KEY, name=f"{_tonic(key)} {mode}", text=plain)
    elif key := _BARE_KEY.fullmatch(plain):
        yield Tag(kind=Kind.KEY, name=_tonic(key), text=plain)


def _tonic(key: re.Match[str]) -> str:
    sign = {"#": "#", "♯": "#", "sharp": "#", "b": "b", "♭": "b", "flat": "b"}.get(key[2] or "", "")
    return f"{key[1].upper()}{sign}"


def _named(text: str) -> Iterator[Tag]:
    """Names in a text, the longest first at each place; a negation before one is heeded."""
    words = _plain(text).split()
    place = 0
    wanted = latest = True
    while place < len(words):
        length, found = _longest(words[place : place + _LONGEST])
        if found is not None:
            yield Tag(kind=found[0], name=found[1], text=" ".join(words[place : place + length]), wanted=wanted)
            wanted, latest = True, wanted
        elif words[place] != _WHATEVER:
            negates = bool(_NEGATION.fullmatch(f"{words[place]} "))
            wanted = not negates and (latest or words[place] not in _OR)
        place += length


def _longest(words: Sequence[str]) -> tuple[int, tuple[Kind, str] | None]:
    for length in range(len(words), 0, -1):
        found = _index().get(" ".join(words[:length]))
        if found is not None:
            return length, found
    return 1, None


def _nearest(written: str, plain: str) -> Iterator[Tag]:
    """The name that is written most like it, or most like one of its words."""
    for text in (plain, *(word for word in plain.split() if word not in _FILLING)):
        names = _beginnings().get(text[:1], ()) if len(text) >= _SHORTEST else ()
        near = difflib.get_close_matches(text, names, n=1, cutoff=_NEAR)
        if near:
            kind, name = _index()[near[0]]
            yield Tag(kind=kind, name=name, text=written)
            return


def words_of(text: str) -> list[str]:
    """A text's words as they are compared: small letters, without marks round them."""
    return _plain(text).split()


def _plain(text: str) -> str:
    """A text as it is compared: small letters, single spaces, no marks but those inside of names."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("_", " ").replace("’", "'")
    kept = "".join(letter if letter.isalnum() or letter in "&/'#♯♭-" else " " for letter in folded)
    return " ".join(word.strip("'/") for word in kept.split() if word.strip("'/-"))


@functools.cache
def _index() -> Mapping[str, tuple[Kind, str]]:
    """Every name and other name, with and without hyphens and a plural's s. What comes first keeps the name."""
    index: dict[str, tuple[Kind, str]] = {}
    for word, kind, name in _names():
        plain = _plain(word)
        for form in (plain, plain.replace("-", " ")):
            index.setdefault(form, (kind, name))
    for form, meaning in list(index.items()):
        if form[-1] != "s":
            index.setdefault(f"{form}s", meaning)
    return index


@functools.cache
def _beginnings() -> Mapping[str, Sequence[str]]:
    """The index's names by their first letters: few people miss those."""
    names: dict[str, list[str]] = {}
    for name in _index():
        names.setdefault(name[0], []).append(name)
    return names


def _names() -> Iterator[tuple[str, Kind, str]]:
    known = vocabulary()
    tables: Sequence[tuple[Kind, Mapping[str, Sequence[str]]]] = (
        (Kind.GENRE, {name: genre.aliases for name, genre in known.genres.items()}),
        (Kind.MOOD, {name: mood.words for name, mood in known.moods.items()}),
        (Kind.VOICE, known.voices),
        (Kind.INSTRUMENT, {name: player.words for name, player in known.instruments.items()}),
        (Kind.METER, {str(name): words for name, words in known.meters.items()}),
        (Kind.MODE, {str(name): words for name, words in known.modes.items()}),
        (Kind.MANNER, {name: manner.words for name, manner in known.manners.items()}),
    )
    for kind, table in tables:
        for name in table:
            if kind is not Kind.VOICE or name not in {"none", "any"}:
                yield name, kind, name
    for kind, table in tables:
        for name, words in table.items():
            for word in words:
                yield word, kind, name
