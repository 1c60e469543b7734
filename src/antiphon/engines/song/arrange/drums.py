"""The drums: a groove, fills where sections end, cymbals where they begin; and what is played by hand."""

import random
from collections.abc import Iterator

from antiphon.engines.song.arrange.presence import Entries
from antiphon.engines.song.arrange.stage import Span, Stage, in_order, note
from antiphon.engines.song.patterns import Beats, Fill, patterns
from antiphon.engines.song.score import TICKS, Note, SectionKind, Ticks

FORCES = {"g": 36.0, "o": 60.0, "x": 86.0, "X": 106.0, "r": 78.0, "t": 72.0}
"""How hard a mark is struck."""

_SPLIT = {"r": 2, "t": 3}
_QUIET, _LOUD = 0.55, 0.86
_SOFT = 0.35
_STRUCK = Ticks(TICKS // 4)
_OFTEN, _NOW_AND_THEN = 0.85, 0.4
_PHRASE = 8


def drums(stage: Stage, entries: Entries) -> tuple[Note, ...]:
    """The drum kit's part."""
    notes: list[Note] = []
    for place, span in entries.items():
        fill = _ending(stage, place)
        notes += _section(stage, place, span, fill)
        if _crashes(stage, place, entries):
            draw = stage.draw(f"crash {place}")
            cymbal = patterns().drums[draw.choice(("crash", "crash_two"))]
            force = 96.0 if stage.level(place) >= _QUIET else 70.0
            notes.append(note(Span(span.start, Ticks(span.start + TICKS)), cymbal, stage.velocity(force, place, draw)))
    return in_order([*(each for each in notes if each.start < stage.last_bar.start), *_last(stage, entries)])


def percussion(stage: Stage, entries: Entries) -> tuple[Note, ...]:
    """What is played by hand, under the groove."""
    beats = stage.groove.percussion or _plain()
    notes: list[Note] = []
    for place, span in entries.items():
        draw = stage.draw(f"percussion {stage.model(place)}")
        names = sorted(beats)
        kept = names if stage.level(place) >= _LOUD else names[: max(1, (len(names) + 1) // 2)]
        notes += _struck(stage, place, span, {drum: beats[drum] for drum in kept}, draw)
    return in_order([each for each in notes if each.start < stage.last_bar.start])


def _section(stage: Stage, place: int, span: Span, fill: Fill | None) -> Iterator[Note]:
    """A section's groove, its small fills at phrases' ends, and the fill that ends it."""
    beats = beats_of(stage, place)
    draw = stage.draw(f"drums {place}")
    free = span.start
    for end, ending in [*_phrases(stage, place, span), (span.end, fill)]:
        length = 0 if ending is None else min(ending.length, stage.meter.bar, end - free)
        yield from _struck(stage, place, Span(free, Ticks(end - length)), beats, draw)
        if ending is not None and length:
            late = ending.length - length
            for drum, line in ending.beats.items():
                for hit in line.hits:
                    if hit.start >= late:
                        begin = Ticks(end - ending.length + hit.start)
                        yield from _hit(stage, place, begin, drum, hit.mark, draw)
        free = end


def beats_of(stage: Stage, place: int) -> Beats:
    """How full the groove is in a section."""
    level = stage.level(place)
    if stage.sections[place].kind is SectionKind.BRIDGE:
        level = min(level, _LOUD - 0.01) if stage.draw("bridge beat").random() < _NOW_AND_THEN else _SOFT
    if level < _QUIET or stage.sections[stage.model(place)].energy < _SOFT:
        return stage.groove.light
    return stage.groove.full if level >= _LOUD or place == stage.climax else stage.groove.main


def _phrases(stage: Stage, place: int, span: Span) -> list[tuple[Ticks, Fill | None]]:
    """Where within a section a phrase ends with a small fill."""
    short = [patterns().fills[name] for name in stage.groove.fills if patterns().fills[name].length <= TICKS]
    found: list[tuple[Ticks, Fill | None]] = []
    at = span.start + _PHRASE * stage.meter.bar // 2
    number = 1
    while at < span.end - stage.meter.bar:
        draw = stage.draw(f"small fill {place} {number}")
        whole = number % 2 == 0
        if short and draw.random() < (_NOW_AND_THEN if whole else _NOW_AND_THEN / 2) * 2 * stage.level(place):
            found.append((Ticks(at), draw.choice(short)))
        at += _PHRASE * stage.meter.bar // 2
        number += 1
    return found


def _ending(stage: Stage, place: int) -> Fill | None:
    """The fill that leads into the next section: a long one where it gets louder."""
    if place + 1 >= len(stage.sections):
        return None
    draw = stage.draw(f"fill {place}")
    rise = stage.level(place + 1) - stage.level(place)
    names = stage.groove.fills
    fills = sorted((patterns().fills[name] for name in names), key=lambda fill: fill.length)
    if draw.random() > (_OFTEN if rise >= 0 else _NOW_AND_THEN):
        return None
    able = [fill for fill in fills if fill.length <= stage.meter.bar] or fills[:1]
    if rise <= 0:
        able = able[: (len(able) + 1) // 2]
    return draw.choice(able)


def _crashes(stage: Stage, place: int, entries: Entries) -> bool:
    """Whether a cymbal marks a section's beginning."""
    if not stage.groove.crash or entries[place].start != stage.span(place).start:
        return False
    level = stage.level(place)
    rises = place > 0 and level > stage.level(place - 1)
    return level >= _LOUD or (level >= _QUIET and (rises or stage.draw(f"mark {place}").random() < _NOW_AND_THEN))


def _last(stage: Stage, entries: Entries) -> Iterator[Note]:
    """The last bar: one stroke, if the drums are still there."""
    place = len(stage.sections) - 1
    if place not in entries or entries[place].end < stage.end or not stage.groove.crash:
        return
    draw = stage.draw("last bar")
    for name in ("kick", "crash"):
        span = Span(stage.last_bar.start, Ticks(stage.last_bar.start + TICKS))
        yield note(span, patterns().drums[name], stage.velocity(88.0, place, draw))


def _struck(stage: Stage, place: int, span: Span, beats: Beats, draw: random.Random) -> Iterator[Note]:
    origin = stage.span(place).start
    for drum, line in beats.items():
        for hit in line.between(span.start, span.end, origin=origin, bar=stage.meter.bar):
            yield from _hit(stage, place, hit.start, drum, hit.mark, draw)


def _hit(stage: Stage, place: int, start: Ticks, drum: int, mark: str, draw: random.Random) -> Iterator[Note]:
    parts = _SPLIT.get(mark, 1)
    length = _STRUCK // parts
    for part in range(parts):
        begin = Ticks(start + part * length)
        yield note(Span(begin, Ticks(begin + length)), drum, stage.velocity(FORCES[mark] + 5 * part, place, draw))


def _plain() -> Beats:
    """What fits under any beat that has nothing of its own."""
    found = patterns()
    straight = found.grooves["straight"].percussion
    return {found.drums["shaker"]: straight[found.drums["shaker"]]}
