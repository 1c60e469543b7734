"""Who plays when: what enters and what leaves makes a verse of a verse and a chorus of a chorus."""

from collections.abc import Mapping, Sequence

from antiphon.engines.song.arrange.band import HARMONIC, Chair
from antiphon.engines.song.arrange.stage import Span, Stage
from antiphon.engines.song.score import Role, SectionKind, Ticks

Entries = Mapping[int, Span]
"""Of each section in which somebody plays, from when till when."""

_FROM = {
    Role.CHORDS: 0.0,
    Role.EFFECTS: 0.0,
    Role.LEAD: 0.0,
    Role.COUNTER: 0.5,
    Role.BASS: 0.5,
    Role.DRUMS: 0.54,
    Role.RHYTHM: 0.58,
    Role.ARPEGGIO: 0.62,
    Role.PERCUSSION: 0.72,
    Role.PAD: 0.7,
    Role.STRINGS: 0.76,
    Role.BRASS: 0.84,
}
"""The level from which on somebody plays."""

_SOFT = 0.5
_FLOATING = frozenset({Role.PAD, Role.ARPEGGIO})
"""Roles that quiet sections live on."""

_RESTING = frozenset({Role.DRUMS, Role.BASS, Role.PERCUSSION, Role.RHYTHM, Role.BRASS})
_UNTIMED = frozenset({Role.LEAD, Role.EFFECTS, Role.COUNTER})
"""Roles that find their own places."""

_SHORT = 4
_SHIFT, _FIRST_VERSE = 0.05, 0.07


def presence(stage: Stage, chairs: Sequence[Chair]) -> Mapping[str, Entries]:
    """Of each chair's place where it plays. In every section somebody carries the harmony, and somebody ends it."""
    found: dict[str, dict[int, Span]] = {chair.place: {} for chair in chairs}
    carriers = sorted(
        (chair for chair in chairs if chair.role in HARMONIC), key=lambda chair: HARMONIC.index(chair.role)
    )
    for place, section in enumerate(stage.sections):
        entering = {chair.place: span for chair in chairs if (span := _entry(stage, chair, place)) is not None}
        heard = [chair for chair in carriers if chair.place in entering]
        if carriers and not any(entering[chair.place].start == stage.span(place).start for chair in heard):
            chosen = stage.draw(f"carrier {section.kind}").choice(heard or carriers[:2])
            entering[chosen.place] = stage.span(place)
        if section.kind is SectionKind.INTRO and place != stage.climax:
            _thin(stage, entering, heard or carriers, place)
        if stage.span(place).end == stage.end:
            _closed(stage, entering, [*carriers, *(chair for chair in chairs if chair.role is Role.BASS)])
        for name, span in entering.items():
            found[name][place] = span
    return found


def _entry(stage: Stage, chair: Chair, place: int) -> Span | None:
    """From when till when somebody plays in a section."""
    span = stage.span(place)
    if chair.role in _UNTIMED or place == stage.climax:
        return span
    if chair.role is Role.DRUMS and not stage.groove.main:
        return None
    kind = stage.sections[place].kind
    level = stage.level(place) - (_FIRST_VERSE if _first_of_kind(stage, place) else 0.0)
    threshold = _FROM[chair.role] + stage.draw(f"from {chair.place}").uniform(-_SHIFT, _SHIFT)
    if kind is SectionKind.BRIDGE:
        return _in_bridge(stage, chair, span)
    if kind is SectionKind.OUTRO:
        return _in_outro(stage, chair, span)
    if kind in {SectionKind.INTRO, SectionKind.BREAK}:
        return _in_quiet(stage, chair, span, f"{kind}")
    if chair.role in _FLOATING and level < _SOFT:
        return span
    if level >= threshold:
        return span
    near = level >= threshold - 2 * _SHIFT and stage.sections[place].bars >= _SHORT
    return Span(_middle(stage, span), span.end) if near else None


def _first_of_kind(stage: Stage, place: int) -> bool:
    section = stage.sections[place]
    again = sum(other.kind is section.kind for other in stage.sections) > 1
    first = all(other.kind is not section.kind for other in stage.sections[:place])
    return again and first and section.kind is SectionKind.VERSE


def _in_bridge(stage: Stage, chair: Chair, span: Span) -> Span | None:
    """A bridge differs: the beat rests for its first half, or the guitars and drums hold back, or the pads carry it."""
    manner = stage.draw("bridge").choice(("drop", "still", "floating"))
    if chair.role in _FLOATING or chair.role is Role.STRINGS:
        return span
    if manner == "drop" and chair.role in _RESTING:
        return Span(_middle(stage, span), span.end) if chair.role is not Role.BRASS else None
    if manner == "still" and chair.role in {Role.RHYTHM, Role.PERCUSSION, Role.BRASS}:
        return None
    if manner == "floating" and chair.role in {Role.CHORDS, Role.PERCUSSION, Role.BRASS}:
        return None
    return span


def _in_outro(stage: Stage, chair: Chair, span: Span) -> Span | None:
    """At the end one after the other leaves; some songs keep the beat to the last bar."""
    if chair.role in {Role.PERCUSSION, Role.BRASS}:
        return None
    if chair.role in {Role.DRUMS, Role.RHYTHM, Role.BASS}:
        stays = stage.draw("outro").random() < stage.style.energy
        return span if stays else Span(span.start, _middle(stage, span))
    return span


def _in_quiet(stage: Stage, chair: Chair, span: Span, kind: str) -> Span | None:
    """An intro or a break: a part of the band, the beat from its middle on, if at all."""
    draw = stage.draw(f"{kind} {chair.place}")
    if chair.role in {Role.DRUMS, Role.BASS}:
        late = span.length >= _SHORT * stage.meter.bar
        begins = draw.random() < (0.35 + 0.6 * stage.style.energy)
        return Span(_middle(stage, span), span.end) if late and begins else None
    wanted = {Role.CHORDS: 0.75, Role.PAD: 0.6, Role.ARPEGGIO: 0.7, Role.RHYTHM: 0.45, Role.PERCUSSION: 0.15}
    return span if draw.random() < wanted.get(chair.role, 0.2) else None


def _thin(stage: Stage, entering: dict[str, Span], carriers: Sequence[Chair], place: int) -> None:
    """Keep an intro thinner than what comes: of those that carry the harmony two, not more."""
    kept = [chair.place for chair in carriers if chair.place in entering]
    stage.draw(f"intro {place}").shuffle(kept)
    for name in kept[2:]:
        del entering[name]


def _closed(stage: Stage, entering: dict[str, Span], able: Sequence[Chair]) -> None:
    """Have somebody stay for the last chord, where all who could play it leave before."""
    there = [chair.place for chair in able if chair.place in entering]
    if there and not any(entering[name].end == stage.end for name in there):
        entering[there[0]] = Span(entering[there[0]].start, stage.end)


def _middle(stage: Stage, span: Span) -> Ticks:
    bars = max(1, span.length // stage.meter.bar)
    return Ticks(span.start + (bars + 1) // 2 * stage.meter.bar)
