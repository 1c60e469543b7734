"""Who sits in the band: the genre's players, and those that were asked for or sent away."""

from collections.abc import Mapping, Sequence

from antiphon.engines.song.score import Role
from antiphon.engines.song.vocabulary import vocabulary

Seats = dict[Role, tuple[float, Mapping[str, float]]]
"""Of each role the chance that somebody does it, and the instruments with their weights."""

_OTHER_ROLES = (Role.LEAD, Role.COUNTER, Role.ARPEGGIO, Role.CHORDS, Role.RHYTHM, Role.PAD)
_LAST_RESORT = ("grand_piano", "warm_pad", "nylon_guitar", "strings", "choir", "marimba", "flute", "percussion")
_SUGGESTED = 0.85
"""The chance of a player that a mood brings."""


def lent(
    main: Mapping[Role, tuple[float, Mapping[str, float]]],
    other: Mapping[Role, tuple[float, Mapping[str, float]]],
    share: float,
) -> Seats:
    """A band with something of another one."""
    band: Seats = {}
    for role in (*main, *(role for role in other if role not in main)):
        chance, instruments = main.get(role, (0.0, {}))
        other_chance, others = other.get(role, (0.0, {}))
        weights = {name: (1 - share) * weight for name, weight in _shares(instruments).items()}
        for name, weight in _shares(others).items():
            weights[name] = weights.get(name, 0.0) + share * weight
        band[role] = (round(max(chance, share * other_chance), 3), {name: round(weights[name], 4) for name in weights})
    return band


def _shares(instruments: Mapping[str, float]) -> dict[str, float]:
    whole = sum(instruments.values()) or 1.0
    return {name: weight / whole for name, weight in instruments.items()}


def seated(band: Seats, suggested: Sequence[str], wanted: Sequence[str], unwanted: Sequence[str]) -> Seats:
    """The band with those who were asked for, without those who were sent away.

    Args:
        band: The genre's.
        suggested: Names of the vocabulary's instruments; they may come.
        wanted: Those who must.
        unwanted: Those who must not. Somebody plays nevertheless.
    """
    out = {name for word in unwanted for name in vocabulary().instruments[word].of}
    seats = dict(band)
    taken: set[Role] = set()
    for word in suggested:
        player = vocabulary().instruments[word]
        if player.role not in seats:
            seats[player.role] = (_SUGGESTED, _ranked(player.of))
        elif not any(name in seats[player.role][1] for name in player.of):
            chance, instruments = seats[player.role]
            seats[player.role] = (max(chance, _SUGGESTED), {**instruments, player.of[0]: max(instruments.values())})
    for word in wanted:
        _seat(seats, taken, word)
    kept = {role: (chance, _without(instruments, out)) for role, (chance, instruments) in seats.items()}
    left: Seats = {role: seat for role, seat in kept.items() if seat[1]}
    if not left:
        last = next((name for name in _LAST_RESORT if name not in out), _LAST_RESORT[0])
        left[Role.CHORDS] = (1.0, {last: 1.0})
    if all(chance < 1.0 for chance, _ in left.values()):
        first = next(iter(left))
        left[first] = (1.0, left[first][1])
    return left


def _seat(seats: Seats, taken: set[Role], word: str) -> None:
    """Give a player a seat: those where it can sit already, else its own one, else a free one."""
    player = vocabulary().instruments[word]
    owned = [
        role for role, (_, names) in seats.items() if role not in taken and any(name in names for name in player.of)
    ]
    for role in owned:
        kept = {name: weight for name, weight in seats[role][1].items() if name in player.of}
        seats[role] = (1.0, kept)
    if owned:
        taken.update(owned[:1])
        return
    free = next((role for role in (player.role, *_OTHER_ROLES) if role not in taken), player.role)
    seats[free] = (1.0, _ranked(player.of))
    taken.add(free)


def _ranked(names: Sequence[str]) -> dict[str, float]:
    return {name: round(1.0 / (rank + 1) ** 2, 4) for rank, name in enumerate(names)}


def _without(instruments: Mapping[str, float], out: set[str]) -> dict[str, float]:
    return {name: weight for name, weight in instruments.items() if name not in out}
