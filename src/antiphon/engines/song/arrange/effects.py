"""What leads into sections: risers and swells before, a blow where they begin, a fall where it gets quiet."""

from collections.abc import Iterator

from antiphon.engines.song.arrange.stage import Span, Stage, in_order, note
from antiphon.engines.song.score import TICKS, Note, SectionKind, Ticks

IMPACT, RISER, FALL, SWELL = 36, 38, 40, 49

_RISES = 1.9
"""Seconds from a riser's or a swell's beginning to where it is loudest."""

_SIXTEENTH = TICKS // 4
_STEP = 0.12
_BLOW_FROM = 0.85


def effects(stage: Stage) -> tuple[Note, ...]:
    """The part of the effects."""
    notes: list[Note] = []
    for place in range(1, len(stage.sections)):
        notes += _into(stage, place)
    return in_order(notes)


def _into(stage: Stage, place: int) -> Iterator[Note]:
    start = stage.span(place).start
    change = stage.level(place) - stage.level(place - 1)
    draw = stage.draw(f"effects {place}")
    if change >= _STEP or place == stage.climax:
        length = round(_RISES * stage.style.bpm / 60.0 * TICKS / _SIXTEENTH) * _SIXTEENTH
        length = min(length, int(stage.span(place - 1).length))
        key = draw.choice((RISER, SWELL))
        yield note(Span(Ticks(start - length), start), key, stage.velocity(84.0, place, draw))
    beat = Span(start, Ticks(start + TICKS))
    if change > 0 and stage.level(place) >= _BLOW_FROM:
        yield note(beat, IMPACT, stage.velocity(90.0, place, draw))
    elif change <= -_STEP and stage.sections[place].kind is not SectionKind.OUTRO:
        yield note(beat, FALL, stage.velocity(76.0, place, draw))
