"""The chords: progressions of the style, in the key, with a cadence where a section ends."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from antiphon.engines.song.chance import chance, weighted
from antiphon.engines.song.numerals import Harmony, bare, harmony_of, symbol, tables
from antiphon.engines.song.score import Chord, Key, Meter, Mode, PitchClass, Section, SectionKind, Ticks
from antiphon.engines.song.style import Brief

MAJOR_LIKE = frozenset({Mode.MAJOR, Mode.LYDIAN, Mode.MIXOLYDIAN})
"""Modes with a major third; the others borrow as minor does."""

_MOST_BORROWED = 0.3
_TYPICAL = 3.0
_HALF_CLOSED = frozenset({SectionKind.VERSE, SectionKind.BRIDGE, SectionKind.INTERLUDE, SectionKind.BREAK})
_FOLLOWS = {
    SectionKind.INTRO: SectionKind.VERSE,
    SectionKind.OUTRO: SectionKind.CHORUS,
    SectionKind.SOLO: SectionKind.CHORUS,
    SectionKind.POST_CHORUS: SectionKind.CHORUS,
    SectionKind.PRE_CHORUS: SectionKind.BRIDGE,
    SectionKind.BREAK: SectionKind.VERSE,
    SectionKind.INTERLUDE: SectionKind.VERSE,
}
"""Whose progressions a kind of section takes where a style says nothing."""

_DECORATED = {
    "": {"seventh": "7", "ninth": "9", "add9": "add9", "sus2": "sus2", "sus4": "sus4", "sixth": "6", "dominant": "7"},
    "m": {"seventh": "m7", "ninth": "m9", "add9": "madd9", "sus2": "sus2", "sus4": "sus4", "sixth": "m6"},
}
_WITH_MAJOR_SEVENTH = {"7": "maj7", "9": "maj9"}
_MAJOR_SEVENTH = 11
_DOMINANT = "dominant"
_POWER = {"power": "5"}

_Bar = tuple[Harmony, ...]


def key_of(brief: Brief) -> Key:
    """The song's key: the one that was asked for, else one of the style's."""
    draw = chance(brief.seed, "key")
    drawn = PitchClass(draw.randrange(12))
    tonic = drawn if brief.style.tonic is None else brief.style.tonic
    return Key(tonic=tonic, mode=weighted(draw, brief.style.modes))


def harmony(
    brief: Brief,
    key: Key,
    meter: Meter,
    sections: Sequence[Section],
    models: Mapping[SectionKind, Sequence[Chord]] = MappingProxyType({}),
) -> tuple[Chord, ...]:
    """The chords of all sections, without gaps. A section that is like another has exactly its chords.

    Args:
        brief: The style, and what chance is drawn from.
        key: The key.
        meter: The meter.
        sections: The form.
        models: Of kinds of sections that come back their chords, whole bars of them, counted from their beginning.
    """
    loops: dict[SectionKind, list[_Bar]] = {}
    bars: list[list[_Bar]] = []
    for place, section in enumerate(sections):
        if section.like is not None:
            bars.append(bars[section.like])
            continue
        loop = loops.setdefault(section.kind, _loop(brief, key, section.kind))
        own = [loop[bar % len(loop)] for bar in range(section.bars)]
        bars.append(_closed(own, brief, key, sections, place))
    return tuple(
        chord
        for section, own in zip(sections, bars, strict=True)
        for chord in (
            _repeated(models[section.kind], section, meter)
            if section.kind in models
            else _merged(_placed(own, section, meter, key))
        )
    )


def progression(brief: Brief, mode: Mode, kind: SectionKind) -> str:
    """The name of the progression that sections of a kind have: rather the style's own the more `style_weight` is."""
    draw = chance(brief.seed, "progression", kind)
    own = [name for name in _names(brief, kind) if mode in tables().progressions[name].modes]
    every = [name for name, entry in tables().progressions.items() if mode in entry.modes]
    if not own or draw.random() > brief.style_weight**0.5:
        return draw.choice(every)
    return weighted(draw, [(name, (rank + 1) ** (-_TYPICAL * brief.style_weight)) for rank, name in enumerate(own)])


def _names(brief: Brief, kind: SectionKind) -> Sequence[str]:
    named = dict(brief.style.progressions)
    while kind not in named and kind in _FOLLOWS:
        kind = _FOLLOWS[kind]
    return named.get(kind, named.get(SectionKind.VERSE, ()))


def _loop(brief: Brief, key: Key, kind: SectionKind) -> list[_Bar]:
    draw = chance(brief.seed, "harmony", kind)
    family = "major" if key.mode in MAJOR_LIKE else "minor"
    borrowed = tables().borrowed[family]
    rate = _MOST_BORROWED * brief.weirdness
    bars: list[_Bar] = []
    for numerals in tables().progressions[progression(brief, key.mode, kind)].bars:
        chosen = [
            draw.choice(borrowed.get(bare(numeral), (numeral,))) if (bars or at) and draw.random() < rate else numeral
            for at, numeral in enumerate(numerals)
        ]
        bars.append(tuple(decorated(harmony_of(numeral, key), brief, key, kind) for numeral in chosen))
    return list(_spread(bars, brief.style.spread))


def decorated(plain: Harmony, brief: Brief, key: Key, kind: SectionKind) -> Harmony:
    """A triad as the style's vocabulary has it: alike wherever it returns in sections of a kind."""
    if plain.quality not in _DECORATED:
        return plain
    draw = chance(brief.seed, "decoration", f"{kind} {plain.root} {plain.quality}")
    wanted = weighted(draw, tuple(tables().vocabularies[brief.style.vocabulary].items()))
    quality = {**_DECORATED[plain.quality], **_POWER}.get(wanted, plain.quality)
    if wanted != _DOMINANT and (plain.root + _MAJOR_SEVENTH) % 12 in key.scale():
        quality = _WITH_MAJOR_SEVENTH.get(quality, quality)
    return Harmony(root=plain.root, quality=_in_key(quality, plain, key), bass=plain.bass)


def _in_key(quality: str, plain: Harmony, key: Key) -> str:
    """The quality, or the plain one where what it adds is not in the key, but for a seventh."""
    added = [step for step in tables().qualities[quality] if step % 12 not in {0, 3, 4, 7, 10}]
    return quality if all((plain.root + step) % 12 in key.scale() for step in added) else plain.quality


def _spread(bars: Sequence[_Bar], spread: float) -> Iterator[_Bar]:
    """The bars, each lasting as many as `spread` says, or two in one."""
    if spread < 1.0:
        whole = [*bars, *bars] if len(bars) % 2 else list(bars)
        yield from (one + other for one, other in zip(whole[::2], whole[1::2], strict=True))
    else:
        yield from (bar for bar in bars for _ in range(round(spread)))


def _closed(bars: list[_Bar], brief: Brief, key: Key, sections: Sequence[Section], place: int) -> list[_Bar]:
    """A section's bars with its cadence."""
    name = _cadence(brief, sections, place)
    if name is None or not bars:
        return bars
    kind = sections[place].kind
    final = decorated(harmony_of(tables().cadences[name][key.mode], key), brief, key, kind)
    return [*bars[:-1], (final,)]


def _cadence(brief: Brief, sections: Sequence[Section], place: int) -> str | None:
    section = sections[place]
    last = sections[-1]
    if place in {len(sections) - 1, last.like}:
        return "full"
    if section.kind is SectionKind.PRE_CHORUS:
        return "half"
    draw = chance(brief.seed, "cadence", section.kind)
    if draw.random() >= brief.style.cadence:
        return None
    return "half" if section.kind in _HALF_CLOSED else draw.choice(("plagal", "full"))


def _placed(bars: Sequence[_Bar], section: Section, meter: Meter, key: Key) -> Iterator[Chord]:
    """The bars' chords in time; those that share a bar begin on its beats."""
    beat = meter.bar // meter.beats
    for number, bar in enumerate(bars, start=section.first_bar):
        kept = bar[: meter.beats]
        shares = [round(meter.beats * place / len(kept)) for place in range(len(kept) + 1)]
        for found, start, end in zip(kept, shares, shares[1:], strict=False):
            yield Chord(
                start=Ticks(number * meter.bar + start * beat),
                length=Ticks((end - start) * beat),
                root=found.root,
                intervals=found.intervals,
                symbol=symbol(found, key),
                bass=found.bass,
            )


def _repeated(model: Sequence[Chord], section: Section, meter: Meter) -> Iterator[Chord]:
    """Chords that there are already, from a section's beginning again and again till its end."""
    start, end = section.first_bar * meter.bar, (section.first_bar + section.bars) * meter.bar
    for again in range(start, end, model[-1].end):
        for chord in model:
            begin = again + chord.start
            if begin < end:
                yield replace(chord, start=Ticks(begin), length=Ticks(min(chord.length, end - begin)))


def _merged(chords: Iterator[Chord]) -> list[Chord]:
    """Chords that are the same one after the other, as one."""
    done: list[Chord] = []
    for chord in chords:
        if done and (done[-1].symbol, done[-1].intervals) == (chord.symbol, chord.intervals):
            done[-1] = replace(done[-1], length=Ticks(done[-1].length + chord.length))
        else:
            done.append(chord)
    return done
