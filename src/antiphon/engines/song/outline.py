"""The outline of lyrics: which sections are written, and how many couplets each has, for the time there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.engines.song.chance import chance
from antiphon.engines.song.pacing import bar_seconds
from antiphon.engines.song.score import SectionKind
from antiphon.engines.song.style import Brief

_VERSE, _PRE, _CHORUS = SectionKind.VERSE, SectionKind.PRE_CHORUS, SectionKind.CHORUS
_POST, _BRIDGE = SectionKind.POST_CHORUS, SectionKind.BRIDGE
_COUPLETS = {_VERSE: 2, _PRE: 1, _CHORUS: 2, _POST: 1, _BRIDGE: 2}
_TALKATIVE, _TALKATIVE_VERSE = 0.8, 4
_ORDINARY = (_VERSE, _CHORUS, _VERSE, _CHORUS, _BRIDGE, _CHORUS)
_SHORTER = (
    (_VERSE, _CHORUS, _VERSE, _CHORUS, _BRIDGE, _CHORUS),
    (_VERSE, _CHORUS, _VERSE, _CHORUS),
    (_VERSE, _CHORUS),
    (_CHORUS,),
)
_SHARE_SUNG = 0.8
_SLOW_BAR = 2.6
"""Seconds of a bar that is enough for a line."""

_MOST_VERSES = 4


@dataclass(frozen=True, slots=True)
class Planned:
    """A section that is written; without couplets it is played."""

    kind: SectionKind
    couplets: int


def outline(brief: Brief) -> tuple[Planned, ...]:
    """The sections, as the style has them; fewer or more where the song shall be short or long."""
    form = chance(brief.seed, "form").choice(brief.style.forms or (_ORDINARY,))
    verse = _TALKATIVE_VERSE if brief.style.density >= _TALKATIVE else _COUPLETS[_VERSE]
    couplets = {**_COUPLETS, _VERSE: verse}
    if brief.seconds is None:
        return _planned(form, couplets)
    bars = 1 if bar_seconds(brief) >= _SLOW_BAR else 2
    lines = int(_SHARE_SUNG * brief.seconds / (bars * bar_seconds(brief)))
    for kinds in (form, *_SHORTER):
        if _lines(kinds, couplets) <= lines:
            return _planned(_longer(kinds, couplets, lines), couplets)
    brief_verse = {**_COUPLETS, _VERSE: 1, _CHORUS: 1}
    kinds = (_VERSE, _CHORUS) if lines >= _lines((_VERSE, _CHORUS), brief_verse) else (_CHORUS,)
    return _planned(kinds, brief_verse)


def _planned(kinds: Sequence[SectionKind], couplets: dict[SectionKind, int]) -> tuple[Planned, ...]:
    return tuple(Planned(kind, couplets.get(kind, 1 if kind is SectionKind.OUTRO else 0)) for kind in kinds)


def _lines(kinds: Sequence[SectionKind], couplets: dict[SectionKind, int]) -> int:
    return sum(2 * couplets.get(kind, 1) for kind in kinds)


def _longer(kinds: Sequence[SectionKind], couplets: dict[SectionKind, int], lines: int) -> tuple[SectionKind, ...]:
    """The form with more verses and choruses, while there is time."""
    longer = list(kinds)
    extra = [_VERSE, _CHORUS]
    while _VERSE in longer and longer.count(_VERSE) < _MOST_VERSES and _lines([*longer, *extra], couplets) <= lines:
        place = max(index for index, kind in enumerate(longer) if kind is _VERSE)
        longer[place:place] = extra
    return tuple(longer)
