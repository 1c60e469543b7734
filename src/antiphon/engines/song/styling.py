"""A style from what was understood: a genre, lent to by others, changed by moods, with the band that was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from antiphon.engines.song.chance import chance, weighted
from antiphon.engines.song.score import Mode, PitchClass, SectionKind
from antiphon.engines.song.seating import Seats, lent, seated
from antiphon.engines.song.style import Seat, Style
from antiphon.engines.song.tags import Kind, Tag
from antiphon.engines.song.vocabulary import METERS, Genre, MeterName, Mood, vocabulary

_BRIGHTER = {Mode.MAJOR, Mode.LYDIAN, Mode.MIXOLYDIAN}
_ORDINARY = "pop"
_LENDS = 0.35
"""How much a second genre is heard."""

_USUAL_WEIGHT = 0.7
_LEAST_CHANGE = 0.4
_DISLIKED = -0.4
"""What of a mood's changes is made where it shall not be."""

_SLOWEST, _FASTEST = 40.0, 240.0
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ADDED = ("energy", "density", "swing", "syncopation", "melisma", "reverb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What counts of the tags.

    Args:
        genres: The main one first.
        moods: Those that are wanted.
        disliked: Those that are not.
        tags: All tags that count.
    """

    genres: tuple[str, ...]
    moods: tuple[str, ...]
    disliked: tuple[str, ...]
    tags: tuple[Tag, ...]

    def last(self, kind: Kind) -> str | None:
        """What was asked for last of a kind."""
        return next((tag.name for tag in reversed(self.tags) if tag.kind is kind and tag.wanted), None)


def asked(tags: Sequence[Tag], *, main: Sequence[Tag] = ()) -> Asked:
    """What counts of settled tags. The genres of `main` come before the others."""
    counting = tuple(tag for tag in tags if tag.overruled is None)
    moods = _names(counting, Kind.MOOD)
    unwanted = _names(counting, Kind.GENRE, wanted=False)
    meant = [vocabulary().moods[name].genre for name in moods]
    first = _names(main, Kind.GENRE)
    named = sorted(_names(counting, Kind.GENRE), key=lambda name: name not in first)
    genres = tuple(named) or tuple(name for name in meant if name and name not in unwanted)[:1]
    ordinary = next(name for name in (_ORDINARY, "folk", "rock", *vocabulary().genres) if name not in unwanted)
    return Asked(
        genres=genres or (ordinary,),
        moods=moods,
        disliked=_names(counting, Kind.MOOD, wanted=False),
        tags=counting,
    )


def _names(tags: Sequence[Tag], kind: Kind, *, wanted: bool = True) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.name for tag in tags if tag.kind is kind and tag.wanted is wanted))


def styled(wish: Asked, *, seed: int, style_weight: float) -> Style:
    """The style that is asked for.

    Args:
        wish: What is asked for.
        seed: What chance is drawn from.
        style_weight: How much moods change it, and how near the tempo is to the genre's usual one, 0 to 1.
    """
    genre = _mixed([vocabulary().genres[name] for name in wish.genres])
    change = _change(wish, _LEAST_CHANGE + (1 - _LEAST_CHANGE) * style_weight / _USUAL_WEIGHT)
    slow, fast = (min(_FASTEST, max(_SLOWEST, bound * change.tempo)) for bound in genre.tempo)
    if named := wish.last(Kind.TEMPO):
        slow = fast = min(_FASTEST, max(_SLOWEST, float(named)))
    numbers: dict[str, Any] = {name: _within(getattr(genre, name) + getattr(change, name)) for name in _ADDED}
    forms = tuple(vocabulary().forms[name] for name in genre.forms)
    style = Style(
        genre=wish.genres[0],
        tempo=(round(slow, 1), round(fast, 1)),
        bpm=_chosen(slow, fast, seed=seed, style_weight=style_weight),
        tonic=_tonic(wish),
        meter=METERS[_meter(wish, genre, seed)],
        modes=_modes(wish, genre, change.major),
        forms=forms,
        progressions=tuple(genre.progressions.items()),
        vocabulary=genre.vocabulary,
        spread=genre.spread,
        cadence=genre.cadence,
        groove=genre.groove,
        palette=_palette(genre, wish),
        manner=wish.last(Kind.MANNER) or change.manner or genre.manner,
        colour=round(min(1.0, max(-1.0, genre.colour + change.colour)), 3),
    )
    return replace(style, **numbers)


def _within(number: float) -> float:
    return round(min(1.0, max(0.0, number)), 3)


def _mixed(genres: Sequence[Genre]) -> Genre:
    """The first genre with something of the others: their sound and pace, not their groove or forms."""
    main = genres[0]
    for other in genres[1:]:
        mean = {
            name: round((1 - _LENDS) * getattr(main, name) + _LENDS * getattr(other, name), 3)
            for name in (*_ADDED, "colour")
        }
        main = replace(
            main,
            tempo=_shared_tempo(main.tempo, other.tempo),
            modes={mode: _blend(main.modes, other.modes, mode) for mode in (*main.modes, *other.modes)},
            progressions=_joined(main.progressions, other.progressions),
            palette=lent(main.palette, other.palette, _LENDS),
        )
        main = replace(main, **mean)
    return main


def _shared_tempo(main: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """What both have; else the main one's, a little nearer to the other's."""
    slow, fast = max(main[0], other[0]), min(main[1], other[1])
    if slow < fast:
        return slow, fast
    return ((1 - _LENDS) * main[0] + _LENDS * other[0], (1 - _LENDS) * main[1] + _LENDS * other[1])


def _blend(one: Mapping[Mode, float], other: Mapping[Mode, float], mode: Mode) -> float:
    return (1 - _LENDS) * one.get(mode, 0.0) + _LENDS * other.get(mode, 0.0)


def _joined(
    main: Mapping[SectionKind, tuple[str, ...]], other: Mapping[SectionKind, tuple[str, ...]]
) -> dict[SectionKind, tuple[str, ...]]:
    """The main genre's progressions, then those of the other one."""
    return {kind: tuple(dict.fromkeys((*names, *other.get(kind, ())))) for kind, names in main.items()}


def _change(wish: Asked, strength: float) -> Mood:
    """All moods as one."""
    shares = [(name, strength) for name in wish.moods] + [(name, _DISLIKED * strength) for name in wish.disliked]
    moods = [(vocabulary().moods[name], share) for name, share in shares]
    tempo = 1.0
    for mood, share in moods:
        tempo *= mood.tempo**share
    added = {name: sum(share * getattr(mood, name) for mood, share in moods) for name in (*_ADDED, "colour", "major")}
    manners = [vocabulary().moods[name].manner for name in wish.moods]
    return replace(
        Mood(tempo=tempo, manner=next((manner for manner in reversed(manners) if manner), "")),
        **added,
    )


def _chosen(slow: float, fast: float, *, seed: int, style_weight: float) -> float:
    """A tempo of the range, nearer to its middle the more typical it shall be."""
    middle, half = (slow + fast) / 2, (fast - slow) / 2
    draw = chance(seed, "tempo").triangular(-1.0, 1.0, 0.0)
    return float(round(middle + half * draw * (1.0 - 0.5 * style_weight)))


def _meter(wish: Asked, genre: Genre, seed: int) -> MeterName:
    named = wish.last(Kind.METER)
    known: dict[str, MeterName] = {name: name for name in METERS}
    return known[named] if named in known else weighted(chance(seed, "meter"), tuple(genre.meters.items()))


def _modes(wish: Asked, genre: Genre, major: float) -> tuple[tuple[Mode, float], ...]:
    """The genre's modes, moved to brighter or darker ones; or the one that was named."""
    named = wish.last(Kind.MODE)
    key = wish.last(Kind.KEY)
    if key is not None and " " in key:
        named = key.partition(" ")[2]
    if named is not None:
        return ((Mode(named), 1.0),)
    shift = min(1.0, max(-1.0, major))
    aim = _BRIGHTER if shift > 0 else set(Mode) - _BRIGHTER
    weights = dict(genre.modes)
    if not aim & weights.keys():
        weights[Mode.MAJOR if shift > 0 else Mode.MINOR] = 0.0
    own = sum(weight for mode, weight in weights.items() if mode in aim)
    moved = (1.0 - own) * abs(shift)
    targets = [mode for mode in weights if mode in aim]
    return tuple(
        (
            mode,
            round(weight + moved * _share(weight, own, len(targets)) if mode in aim else weight * (1 - abs(shift)), 4),
        )
        for mode, weight in weights.items()
    )


def _tonic(wish: Asked) -> PitchClass | None:
    key = wish.last(Kind.KEY)
    if key is None:
        return None
    name = key.partition(" ")[0]
    return PitchClass((_LETTERS[name[0]] + name.count("#") - name.count("b")) % 12)


def _share(weight: float, whole: float, count: int) -> float:
    return weight / whole if whole else 1.0 / count


def _palette(genre: Genre, wish: Asked) -> tuple[Seat, ...]:
    moods = [vocabulary().moods[name] for name in wish.moods]
    only = {role: names for mood in moods for role, names in mood.only.items()}
    band: Seats = {
        role: (probability, only_of(instruments, only.get(role)))
        for role, (probability, instruments) in genre.palette.items()
    }
    wanted = _names(wish.tags, Kind.INSTRUMENT)
    unwanted = _names(wish.tags, Kind.INSTRUMENT, wanted=False)
    suggested = [name for mood in moods for name in mood.seats if name not in wanted]
    return tuple(
        Seat(role=role, instruments=tuple(instruments.items()), probability=probability)
        for role, (probability, instruments) in seated(band, suggested, wanted, unwanted).items()
    )


def only_of(instruments: Mapping[str, float], allowed: Sequence[str] | None) -> Mapping[str, float]:
    """The instruments that are allowed; where none is, those that are."""
    if allowed is None:
        return instruments
    kept = {name: weight for name, weight in instruments.items() if name in allowed}
    return kept or dict.fromkeys(allowed, 1.0)
