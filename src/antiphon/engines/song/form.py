"""The form: which sections follow each other, how long each is, and where in it each line is sung.

Lyrics come first: each stanza is a section, its lines as long as their syllables need at the tempo. What is left of
the time is played: an intro, an outro, solos, and the stanzas again. Where the words are too many for the time they
are sung faster, and where that is not enough the song gets longer; `Plan.fit` says which.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from types import MappingProxyType

from antiphon.domain.units import Seconds
from antiphon.engines.song.chance import chance
from antiphon.engines.song.pacing import PACES, Fit, Pace, bar_seconds, line_lengths, rounded
from antiphon.engines.song.score import Section, SectionKind
from antiphon.engines.song.style import Brief
from antiphon.engines.song.words import Stanza

SHORTEST = Seconds(10.0)
"""Of a song whose length was left open, however few its words are."""

LONGEST = Seconds(360.0)
"""Of a song. Words for which that is not enough are not sung."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a line is sung: bars, counted from the section's first."""

    first_bar: int
    bars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How a section was divided whose tune comes back.

    Args:
        lines: Bars of each line.
        bars: Of the whole section.
    """

    lines: tuple[int, ...]
    bars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The form.

    Args:
        sections: In order, without gaps.
        stanzas: Of each section the stanza that is sung there; None where nobody sings.
        spans: Of each section where its lines are; of one that is played, its phrases.
        fit: How the words went into the time.
    """

    sections: tuple[Section, ...]
    stanzas: tuple[int | None, ...]
    spans: tuple[tuple[Span, ...], ...]
    fit: Fit


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    kind: SectionKind
    bars: int
    name: str = ""
    stanza: int | None = None
    lines: tuple[int, ...] = ()  # Bars of each line.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What is sung, for the time that it needs; the arguments of `form`."""

    brief: Brief
    stanzas: Sequence[Stanza]
    counts: Sequence[Sequence[int]]
    rooms: Mapping[SectionKind, Room]

    def room(self, place: int, lines: Sequence[int], pace: Pace) -> Room | None:
        """How a stanza is divided whose tune comes back; None where it does not, or has no room for the words."""
        kind = self.stanzas[place].kind
        if kind not in self.rooms or not lines or pace.fit is not Fit.AS_ASKED:
            return None
        own = self.rooms[kind].lines
        divided = tuple(own[number % len(own)] for number in range(len(lines)))
        counts = [count for count in self.counts[place] if count]
        least = [line_lengths(self.brief, [count], _DENSE)[0] for count in counts]
        if any(need > bars for need, bars in zip(least, divided, strict=True)):
            return None
        whole = len(own) == len(lines)
        return Room(lines=divided, bars=self.rooms[kind].bars if whole else rounded(sum(divided), pace))


_DENSE = next(pace for pace in PACES if pace.fit is Fit.DENSER)
_LEISURELY, _NATURAL, _DENSE_STYLE = 1, 2, 0.8
_SHARE_SUNG = 0.8
_FEW_BARS, _SOME_BARS = 12, 24
_UNIT, _SMALL_UNIT = 8, 4
_LONGEST_END = 8

_ENERGIES = {
    SectionKind.INTRO: 0.4,
    SectionKind.VERSE: 0.55,
    SectionKind.PRE_CHORUS: 0.68,
    SectionKind.CHORUS: 0.9,
    SectionKind.POST_CHORUS: 0.85,
    SectionKind.BRIDGE: 0.6,
    SectionKind.SOLO: 0.82,
    SectionKind.BREAK: 0.3,
    SectionKind.INTERLUDE: 0.5,
    SectionKind.OUTRO: 0.38,
}
_RETURNING = frozenset({SectionKind.VERSE, SectionKind.PRE_CHORUS, SectionKind.CHORUS, SectionKind.POST_CHORUS})
ENDS = frozenset({SectionKind.INTRO, SectionKind.OUTRO})
"""Sections round what is sung."""

_ORDINARY = (
    SectionKind.INTRO,
    SectionKind.VERSE,
    SectionKind.CHORUS,
    SectionKind.VERSE,
    SectionKind.CHORUS,
    SectionKind.BRIDGE,
    SectionKind.CHORUS,
    SectionKind.OUTRO,
)


def form(
    brief: Brief,
    stanzas: Sequence[Stanza],
    counts: Sequence[Sequence[int]],
    *,
    ends: Collection[SectionKind] = ENDS,
    rooms: Mapping[SectionKind, Room] = MappingProxyType({}),
) -> Plan:
    """The sections of a song.

    Args:
        brief: How long it shall be, and in which style.
        stanzas: The lyrics; none for an instrumental.
        counts: Of each stanza's lines how many syllables they have.
        ends: Which of an intro and an outro may be added.
        rooms: Of kinds of sections whose tune comes back, how they were divided.
    """
    wanted = None if brief.seconds is None else max(1, round(brief.seconds / bar_seconds(brief)))
    if not any(count for lines in counts for count in lines):
        blocks, fit = _played(brief, wanted, ends), Fit.AS_ASKED
    else:
        blocks, fit = _sung(_Words(brief=brief, stanzas=stanzas, counts=counts, rooms=rooms), wanted, ends)
        most = int(LONGEST / bar_seconds(brief))
        if _bars(blocks) > most + 1:
            blocks, fit = list(_cut(blocks, most)), Fit.CUT
    return _plan(brief, [block for block in blocks if block.bars], fit)


def exactly(
    brief: Brief, stanzas: Sequence[Stanza], counts: Sequence[Sequence[int]], *, former: Section, bars: int
) -> Plan:
    """Sections of so many bars, whatever the words need; lines for which they are not enough are left out.

    Args:
        brief: The style.
        stanzas: The lyrics; none where nobody sings.
        counts: Of each stanza's lines how many syllables they have.
        former: What there is where nobody sings.
        bars: How many, at least 1.
    """
    words = _Words(brief=brief, stanzas=stanzas, counts=counts, rooms={})
    played = _Block(kind=former.kind, name=former.name, bars=bars)
    sung: list[_Block] = []
    for pace in PACES:
        sung = [block for block in _blocks(words, pace) if block.lines] or [played]
        if _bars(sung) <= bars:
            return _plan(brief, list(_padded(sung, bars)), pace.fit)
    return _plan(brief, list(_padded([block for block in _cut(sung, bars) if block.bars], bars)), Fit.CUT)


def _padded(blocks: Sequence[_Block], bars: int) -> Iterator[_Block]:
    """The sections, the last so much longer that they are so many bars."""
    yield from blocks[:-1]
    yield replace(blocks[-1], bars=bars - _bars(blocks[:-1]))


def _played(brief: Brief, wanted: int | None, ends: Collection[SectionKind]) -> list[_Block]:
    """An instrumental's sections: the style's form, gone through again while there is time."""
    kinds = chance(brief.seed, "form").choice(brief.style.forms or (_ORDINARY,))
    body = [kind for kind in kinds if kind not in ENDS] or [SectionKind.CHORUS]
    if wanted is None:
        wanted = _UNIT * (len(body) + 1)
    end = 0 if wanted < _FEW_BARS else 2 if wanted < _SOME_BARS else _SMALL_UNIT
    intro, outro = (end if kind in ends else 0 for kind in (SectionKind.INTRO, SectionKind.OUTRO))
    unit = _SMALL_UNIT if wanted < _SOME_BARS else _UNIT
    whole, rest = divmod(wanted - intro - outro, unit)
    chosen = [body[place % len(body)] for place in range(whole)]
    if len(chosen) > 1:
        chosen[-1] = body[-1]
    middle = [_Block(kind=kind, bars=unit) for kind in chosen]
    more = rest if rest >= _SMALL_UNIT else 0
    extra = [_Block(kind=SectionKind.BREAK, bars=more)] if more and middle else []
    outro += 0 if extra else rest
    head = middle[:-1] if extra else middle
    return [
        _Block(kind=SectionKind.INTRO, bars=intro),
        *head,
        *extra,
        *(middle[-1:] if extra else ()),
        _Block(kind=SectionKind.OUTRO if middle else SectionKind.CHORUS, bars=outro),
    ]


def _sung(words: _Words, wanted: int | None, ends: Collection[SectionKind]) -> tuple[list[_Block], Fit]:
    if wanted is None:
        place = _NATURAL if words.brief.style.density < _DENSE_STYLE else _NATURAL + 1
        blocks = _blocks(words, PACES[place])
        sung = _bars(blocks)
        spare = max(2, _LONGEST_END * len(ends) // len(ENDS)) if sung >= _FEW_BARS else 2
        return _filled(blocks, max(spare, math.ceil(SHORTEST / bar_seconds(words.brief)) - sung), ends), Fit.AS_ASKED
    for place, pace in enumerate(PACES):
        blocks = _blocks(words, pace)
        sung = _bars(blocks)
        if sung <= wanted * (_SHARE_SUNG if place <= _LEISURELY else 1.0):
            return _filled(blocks, wanted - sung, ends), pace.fit
    return blocks, Fit.LONGER


def _blocks(words: _Words, pace: Pace) -> list[_Block]:
    """A section for each stanza. Stanzas of a kind with as many lines have lines as long, so that they can be alike."""
    stanzas, counts = words.stanzas, words.counts
    lengths = [line_lengths(words.brief, [count for count in lines if count], pace) for lines in counts]
    shapes: dict[tuple[SectionKind, int], tuple[int, ...]] = {}
    for stanza, lines in zip(stanzas, lengths, strict=True):
        shape = (stanza.kind, len(lines))
        shapes[shape] = tuple(map(max, shapes.get(shape, lines), lines))
    blocks = []
    for place, (stanza, own) in enumerate(zip(stanzas, lengths, strict=True)):
        lines = shapes[stanza.kind, len(own)]
        bars = rounded(sum(lines), pace) if lines else _SMALL_UNIT
        if (room := words.room(place, lines, pace)) is not None:
            lines, bars = room.lines, room.bars
        if lines or pace.fit is Fit.AS_ASKED:
            sung = place if lines else None
            blocks.append(_Block(kind=stanza.kind, bars=bars, name=stanza.name, stanza=sung, lines=lines))
    return blocks


def _cut(blocks: Sequence[_Block], most: int) -> Iterator[_Block]:
    """The sections without the lines that would make the song longer than any may be."""
    for block in blocks:
        lines = (min(most, block.lines[0]), *block.lines[1:]) if block.lines else ()
        kept = [bars for bars, passed in zip(lines, accumulate(lines), strict=True) if bars > 0 and passed <= most]
        bars = min(block.bars, most)
        if kept or not block.lines:
            yield replace(block, lines=tuple(kept), bars=bars)
        most -= bars


def _filled(blocks: list[_Block], spare: int, ends: Collection[SectionKind]) -> list[_Block]:
    """The sections with what is played round them, `spare` bars more."""
    share = min(_SMALL_UNIT, spare // 3)
    intro = share if SectionKind.INTRO in ends and blocks[0].kind is not SectionKind.INTRO else 0
    outro = share if SectionKind.OUTRO in ends and blocks[-1].kind is not SectionKind.OUTRO else 0
    spare -= intro + outro
    ending = [blocks[-1]] if blocks[-1].kind is SectionKind.OUTRO else []
    opening = [blocks[0]] if blocks[0].kind is SectionKind.INTRO and len(blocks) > 1 else []
    body = blocks[len(opening) : len(blocks) - len(ending)] or [blocks.pop()]
    middle, spare = _again(body, spare)
    solo = spare if spare > _SMALL_UNIT else 0
    middle, spare = _with_solo(middle, solo), spare - solo
    return [
        _Block(kind=SectionKind.INTRO, bars=intro),
        *opening,
        *middle,
        *(ending if body is not ending else ()),
        _Block(kind=SectionKind.OUTRO, bars=outro + spare),
    ]


def _again(body: list[_Block], spare: int) -> tuple[list[_Block], int]:
    """The body; then the chorus, and while there is time all of it, or its last verse and chorus, or a chorus."""
    sung = [block for block in body if block.stanza is not None]
    choruses = [place for place, block in enumerate(sung) if block.kind is SectionKind.CHORUS]
    last = choruses[-1] if choruses else len(sung) - 1
    verses = [place for place in range(last) if sung[place].kind is SectionKind.VERSE]
    tail = sung[verses[-1] : last + 1] if choruses and verses else []
    ending = sung[last : last + 1]
    done, group = list(body), ending
    while group and _bars(group) <= spare:
        solo = [_Block(kind=SectionKind.SOLO, bars=_UNIT)] if _bars(group) + _UNIT <= spare else []
        done += [*solo, *group]
        spare -= _bars(group) + _bars(solo)
        group = next((some for some in (sung, tail, ending) if some and _bars(some) <= spare), [])
    return done, spare


def _bars(blocks: Sequence[_Block]) -> int:
    return sum(block.bars for block in blocks)


def _with_solo(body: list[_Block], bars: int) -> list[_Block]:
    """The body with a solo before its last section."""
    if not bars:
        return body
    return [*body[:-1], _Block(kind=SectionKind.SOLO, bars=bars), body[-1]]


def _plan(brief: Brief, blocks: Sequence[_Block], fit: Fit) -> Plan:
    sections: list[Section] = []
    first: dict[tuple[SectionKind, int, tuple[int, ...]], int] = {}
    bar = 0
    names = list(_names(blocks))
    for place, block in enumerate(blocks):
        shape = (block.kind, block.bars, block.lines)
        like = first.setdefault(shape, place) if block.kind in _RETURNING else place
        sections.append(
            Section(
                kind=block.kind,
                name=names[place],
                first_bar=bar,
                bars=block.bars,
                energy=_energy(brief, block.kind, place / len(blocks)),
                like=like if like != place else None,
            )
        )
        bar += block.bars
    return Plan(
        sections=tuple(sections),
        stanzas=tuple(block.stanza for block in blocks),
        spans=tuple(tuple(_spans(block)) for block in blocks),
        fit=fit,
    )


def _names(blocks: Sequence[_Block]) -> Iterator[str]:
    """The names that stanzas have, else the kind's, numbered where there are several."""
    often = Counter(block.kind for block in blocks if not block.name)
    seen: Counter[SectionKind] = Counter()
    for block in blocks:
        seen[block.kind] += 1
        plain = block.kind.title()
        yield block.name or (f"{plain} {seen[block.kind]}" if often[block.kind] > 1 else plain)


def _energy(brief: Brief, kind: SectionKind, passed: float) -> float:
    """Of a section: what its kind has, more in a strong style, and a little more towards the end."""
    return round(min(1.0, _ENERGIES[kind] * (0.6 + 0.55 * brief.style.energy) * (0.95 + 0.1 * passed)), 3)


def _spans(block: _Block) -> Iterator[Span]:
    lines = block.lines or [2] * (block.bars // 2) or [block.bars]
    bar = 0
    for bars in lines:
        yield Span(bar, bars)
        bar += bars
