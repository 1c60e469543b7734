"""Accompany: another band for what is sung, in the whole song or in some of its bars."""

from dataclasses import replace

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.units import Seconds
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import Score, Ticks
from antiphon.engines.song.verbs.again import brief_again
from antiphon.engines.song.verbs.splice import bar_at
from antiphon.engines.song.verbs.staged import Setting, band_of, replaced_between, transplanted, untangled
from antiphon.engines.song.verbs.strains import played, tune


def accompanied(score: Score, change: Change, *, start: Seconds | None = None, end: Seconds | None = None) -> Score:
    """The song with a new band in the change's style; what is sung stays note for note, and so do its chords.

    Where nobody sings, the tune of the lead stays, by octaves where whoever plays it now wants it.

    Args:
        score: The song.
        change: The style of the band. Words, key, meter and tempo are the song's.
        start: From the bar line that is nearest to it the band is new; None for the beginning. Outside of the stretch
            nothing changes.
        end: Till the bar line that is nearest; None for the end.

    Raises:
        InvalidRequest: "out_of_range": a moment is not in the song, or the end is not after the start.
    """
    whole = start is None and end is None
    stretch = _stretch(score, Seconds(0.0) if start is None else start, score.seconds if end is None else end)
    brief = transplanted(brief_again(score, replace(change, lyrics=None)), score)
    brief = replace(brief, instrumental=score.vocal is None)
    setting = Setting(brief=brief, key=score.key, meter=score.meter, sections=score.sections, chords=score.chords)
    parts = band_of(setting, score.vocal, () if score.vocal is not None else played(tune(score)))
    if whole:
        made = replace(score, title=brief.title, seed=brief.seed, swing=brief.style.swing, credits=brief.credits)
        return untangled(replace(made, parts=parts))
    return untangled(replace(score, parts=replaced_between(score.parts, parts, [stretch])))


def _stretch(score: Score, start: Seconds, end: Seconds) -> tuple[Ticks, Ticks]:
    """The bars between two moments, at least one."""
    if start >= end:
        raise InvalidRequest("out_of_range", "end", low=start, high=score.seconds)
    first, last = bar_at(score, start, "start"), bar_at(score, end, "end")
    first = min(first, score.bars - 1)
    return Ticks(first * score.meter.bar), Ticks(max(first + 1, last) * score.meter.bar)
