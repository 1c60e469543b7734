"""Sections that are alike, found in songs that were put together."""

from collections.abc import Sequence
from dataclasses import replace

from antiphon.engines.song.check import tune_of
from antiphon.engines.song.score import Score, Section, SectionKind
from antiphon.engines.song.verbs.splice import cut, tune_alone

_RETURNING = frozenset({SectionKind.VERSE, SectionKind.PRE_CHORUS, SectionKind.CHORUS, SectionKind.POST_CHORUS})
_Tune = Sequence[tuple[int, int, int]]


def linked(score: Score) -> Score:
    """The song in which a section that repeats an earlier one says so: the same chords, in choruses the same tune."""
    done: list[Section] = []
    bare = tune_alone(score)
    alone = [cut(bare, section.first_bar, section.first_bar + section.bars) for section in score.sections]
    for place, section in enumerate(score.sections):
        models = (
            number for number, other in enumerate(done) if other.like is None and _repeats(alone[place], alone[number])
        )
        like = next(models, None) if section.kind in _RETURNING else section.like
        done.append(replace(section, like=like))
    return replace(score, sections=tuple(done))


def _repeats(section: Score, model: Score) -> bool:
    if (section.sections[0].kind, section.bars) != (model.sections[0].kind, model.bars):
        return False
    if _harmony(section) != _harmony(model):
        return False
    one, other = _tune(section), _tune(model)
    return section.sections[0].kind is not SectionKind.CHORUS or (_agrees(one, other) and _agrees(other, one))


def _harmony(section: Score) -> list[object]:
    return [(chord.start, chord.length, chord.root, chord.intervals, chord.bass) for chord in section.chords]


def _tune(section: Score) -> _Tune:
    return [(note.start, note.start + note.length, note.pitch) for note in tune_of(section)]


def _agrees(one: _Tune, other: _Tune) -> bool:
    """Whether wherever a note of one begins the other is silent or has the same pitch."""
    return all(pitch == sounding for start, _, pitch in one for begin, end, sounding in other if begin <= start < end)
