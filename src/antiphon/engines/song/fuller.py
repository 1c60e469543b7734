"""A style described more fully than by its tags: with the tempo, the key, the band and the mood that they stand for.

What was written stays as it is and comes first; what is added is read back as the same genre.
"""

from collections.abc import Iterator, Sequence

from antiphon.engines.song.brief import brief
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import Mode, Role
from antiphon.engines.song.style import Brief, Seat, Style
from antiphon.engines.song.tags import Kind, Tag, read
from antiphon.engines.song.tongues import plain
from antiphon.engines.song.vocabulary import METERS, vocabulary

MOST_LETTERS = 1_000
"""Of a description."""

_SEED = 1
_BRIGHT = frozenset({Mode.MAJOR, Mode.LYDIAN, Mode.MIXOLYDIAN})
_MOST_PLAYERS = 6
_LIKELY = 0.5
_LIVELY, _QUIET = 0.68, 0.42
_ROLES = (Role.DRUMS, Role.PERCUSSION, Role.BASS, Role.CHORDS, Role.RHYTHM, Role.LEAD, Role.ARPEGGIO, Role.PAD)


def fuller(tags: str) -> str:
    """The style in more words, at most `MOST_LETTERS`; tags of which nothing is understood stay as they are.

    Raises:
        InvalidRequest: "too_long": as `Request`.
    """
    written = " ".join(tags.split())
    if not read(plain(written)).tags:
        return written
    wanted = brief(Request(seed=_SEED, style=written))
    described = written
    known = _known(written)
    for words in _added(wanted, written):
        longer = f"{described}, {words}"
        meant = _known(longer)
        if words and len(longer) <= MOST_LETTERS and known < meant and _is_same(longer, wanted):
            described, known = longer, meant
    return described


def _known(text: str) -> frozenset[tuple[Kind, str]]:
    return frozenset((tag.kind, tag.name) for tag in read(plain(text)).tags)


def _is_same(text: str, wanted: Brief) -> bool:
    return brief(Request(seed=_SEED, style=text)).credits.style == wanted.credits.style


def _added(wanted: Brief, written: str) -> Iterator[str]:
    """What can be said of a style besides, the most telling first; of what was said already nothing."""
    said = read(plain(written)).tags
    style = wanted.style
    if not _speaks_of(said, Kind.GENRE):
        yield style.genre.replace("_", " ")
    if not _speaks_of(said, Kind.MOOD):
        yield _mood(style)
    if not _speaks_of(said, Kind.TEMPO):
        yield f"{style.bpm:g} bpm"
    if not _speaks_of(said, Kind.KEY) and not _speaks_of(said, Kind.MODE):
        mode = max(style.modes, key=lambda weighted: weighted[1])[0]
        yield "major key" if mode in _BRIGHT else "minor key"
    if style.meter != METERS["4/4"] and not _speaks_of(said, Kind.METER):
        name = next(name for name, meter in METERS.items() if meter == style.meter)
        yield vocabulary().meters[name][0]
    yield from _players(style)
    if not wanted.instrumental and not _speaks_of(said, Kind.MANNER):
        yield vocabulary().manners[style.manner].words[0]


def _speaks_of(tags: Sequence[Tag], kind: Kind) -> bool:
    return any(tag.kind is kind for tag in tags)


def _mood(style: Style) -> str:
    if style.energy >= _LIVELY:
        return "energetic"
    return "relaxed" if style.energy <= _QUIET else "catchy"


def _players(style: Style) -> Iterator[str]:
    """Who surely or likely plays, each on what is likeliest."""
    seats = [seat for seat in style.palette if seat.probability >= _LIKELY and seat.role in _ROLES]
    for seat in sorted(seats, key=_place)[:_MOST_PLAYERS]:
        yield _word(max(seat.instruments, key=lambda weighted: weighted[1])[0])


def _word(name: str) -> str:
    """What an instrument is called by people: its own name, where that is a tag, else that of its kind."""
    own = name.replace("_", " ")
    if {tag.kind for tag in read(own).tags} == {Kind.INSTRUMENT}:
        return own
    kinds = [(len(player.of), word) for word, player in vocabulary().instruments.items() if name in player.of]
    return min(kinds)[1].replace("_", " ") if kinds else ""


def _place(seat: Seat) -> int:
    return _ROLES.index(seat.role)
