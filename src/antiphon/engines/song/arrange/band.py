"""Who is in the band, and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.engines.song.chance import chance, weighted
from antiphon.engines.song.orchestra import Instrument, instrument
from antiphon.engines.song.score import Role
from antiphon.engines.song.style import Brief, Seat

HARMONIC = (Role.CHORDS, Role.ARPEGGIO, Role.RHYTHM, Role.PAD, Role.STRINGS)
"""Roles that can carry a section's harmony alone, the best first."""

_ORDINARY = (
    Seat(role=Role.DRUMS, instruments=(("acoustic_kit", 1.0),)),
    Seat(role=Role.BASS, instruments=(("finger_bass", 1.0),)),
    Seat(role=Role.CHORDS, instruments=(("grand_piano", 1.0), ("electric_piano", 0.5))),
    Seat(role=Role.RHYTHM, instruments=(("steel_guitar", 1.0), ("electric_guitar", 0.5)), probability=0.7),
    Seat(role=Role.PAD, instruments=(("strings", 1.0), ("warm_pad", 1.0)), probability=0.7),
    Seat(role=Role.LEAD, instruments=(("soft_lead", 1.0), ("electric_guitar", 1.0)), probability=0.7),
)
_PLACES = {
    Role.DRUMS: (0.0, 0.0, 0.3),
    Role.PERCUSSION: (-7.0, 0.3, 0.5),
    Role.BASS: (-1.0, 0.0, 0.1),
    Role.CHORDS: (-5.0, -0.15, 0.7),
    Role.RHYTHM: (-9.0, 0.5, 0.5),
    Role.PAD: (-10.0, 0.0, 1.3),
    Role.ARPEGGIO: (-8.0, -0.4, 1.0),
    Role.LEAD: (-3.0, 0.08, 1.0),
    Role.COUNTER: (-7.0, -0.3, 1.1),
    Role.STRINGS: (-8.0, 0.2, 1.3),
    Role.BRASS: (-7.0, 0.3, 0.9),
    Role.EFFECTS: (-9.0, 0.0, 0.9),
}
"""Of each role: decibels, the side, and its share of the style's reverberation."""

_DRIVEN = {Role.RHYTHM: 11.0, Role.CHORDS: 7.0}
"""Decibels for guitars through an amplifier: their chords are no louder than their notes."""

_TYPICAL = 1.6
_WIDEST = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Chair:
    """Somebody in the band.

    Args:
        role: What they do.
        instrument: What they play.
        place: A name that no other has, for chance.
        gain: As in `Part`.
        pan: As in `Part`.
        reverb: As in `Part`.
    """

    role: Role
    instrument: Instrument
    place: str
    gain: float
    pan: float
    reverb: float


def band(brief: Brief) -> tuple[Chair, ...]:
    """Who plays. Somebody carries the harmony always, and where nobody sings, somebody the tune."""
    seats = brief.style.palette or _ORDINARY
    present = [seat for place, seat in enumerate(seats) if _comes(brief, seat, place)]
    present += _missing(brief, seats, present)
    mirrored = chance(brief.seed, "arrange", "sides").choice((-1.0, 1.0))
    taken: dict[Role, int] = {}
    chairs = []
    for seat in present:
        number = taken[seat.role] = taken.get(seat.role, 0) + 1
        gain, side, wet = _PLACES[seat.role]
        turn = mirrored * (1.0 if number % 2 else -1.0)
        draw = chance(brief.seed, "instrument", f"{seat.role} {number}")
        chosen = instrument(weighted(draw, _typical(brief, seat)))
        driven = _DRIVEN.get(seat.role, 0.0) if chosen.is_driven else 0.0
        chairs.append(
            Chair(
                role=seat.role,
                instrument=chosen,
                place=f"{seat.role} {number}",
                gain=gain + driven,
                pan=round(max(-_WIDEST, min(_WIDEST, side * turn)), 2) + 0.0,
                reverb=round(min(1.0, brief.style.reverb * wet), 3),
            )
        )
    return tuple(chairs)


def _typical(brief: Brief, seat: Seat) -> list[tuple[str, float]]:
    """The seat's instruments: the more the style counts, the rarer the rare ones."""
    return [(name, weight ** (0.4 + _TYPICAL * brief.style_weight)) for name, weight in seat.instruments]


def _comes(brief: Brief, seat: Seat, place: int) -> bool:
    return chance(brief.seed, "seat", f"{place} {seat.role}").random() < seat.probability


def _missing(brief: Brief, seats: Sequence[Seat], present: Sequence[Seat]) -> list[Seat]:
    """Who must come although chance kept them away: who carries the harmony, and where nobody sings, the tune.

    Nobody comes who has no seat: one who has plays two parts, if the instrument can.
    """
    roles = {seat.role for seat in present}
    missing = []
    if not roles & set(HARMONIC):
        missing += _first(present, seats, HARMONIC)
    if brief.instrumental and Role.LEAD not in roles:
        missing += _first(present, seats, (Role.LEAD,))
    return missing


def _first(present: Sequence[Seat], seats: Sequence[Seat], roles: Sequence[Role]) -> list[Seat]:
    """A seat of one of some roles: one that is empty, else a second one of somebody who can."""
    own = sorted((seat for seat in seats if seat.role in roles), key=lambda seat: roles.index(seat.role))
    if own:
        return own[:1]
    for seat in (*present, *seats):
        able = [(name, weight) for name, weight in seat.instruments if set(instrument(name).roles) & set(roles)]
        if able:
            role = next(role for role in roles if role in instrument(able[0][0]).roles)
            return [Seat(role=role, instruments=tuple(able))]
    return []
