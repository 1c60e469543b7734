"""Some bars of a song composed anew, as many as there were; what is round them stays."""

from collections.abc import Sequence
from dataclasses import replace

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.units import Seconds
from antiphon.engines.song.chance import chance
from antiphon.engines.song.form import exactly
from antiphon.engines.song.lyrics import parse, write
from antiphon.engines.song.prosody import Speaker, sound
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import Score, Section
from antiphon.engines.song.style import Brief
from antiphon.engines.song.verbs.again import WRITTEN, brief_again, pinned
from antiphon.engines.song.verbs.alike import linked
from antiphon.engines.song.verbs.onward import Around, onward
from antiphon.engines.song.verbs.splice import bar_at, cut, joined
from antiphon.engines.song.words import Stanza

_SEEDS = 2**31
_SHORTEST = 10.0
"""Seconds for which words are written; of fewer, those that fit are sung."""


def replaced(score: Score, start: Seconds, end: Seconds, change: Change, speaker: Speaker) -> Score:
    """The song with other music from one moment to another, or rather between the bar lines nearest to them.

    It sings the words that are given there, else words about what is described, else those that there were. Words
    for which there is no time are left out. What rings into the new bars, or is begun before them, ends with them.

    Args:
        score: The song.
        start: From when, from the song's beginning.
        end: Till when. While the last notes ring, it is the end.
        change: What is another now. Only the new bars heed it, but for the title.
        speaker: Who knows how the words sound, in the language of `brief_again`.

    Raises:
        InvalidRequest: "out_of_range": there is no such stretch.
    """
    first, last = _bars(score, start, end)
    wanted = pinned(brief_again(score, replace(change, seconds=None)), score, first)
    if change.seed is None:
        draw = chance(score.seed, "anew", f"{first} {last} {change.style} {change.description} {change.lyrics}")
        wanted = replace(wanted, seed=draw.randrange(_SEEDS))
    former = _longest(score, first, last)
    stanzas = () if wanted.instrumental else _stanzas(cut(score, first, last), wanted, change, former)
    sung = tuple(sound(stanza.lines, wanted.language, speaker) for stanza in stanzas)
    counts = [[len(line.syllables) for line in lines] for lines in sung]
    around = Around(
        before=cut(score, 0, first) if first else None,
        after=cut(score, last, score.bars) if last < score.bars else None,
    )
    plan = exactly(wanted, stanzas, counts, former=former, bars=last - first)
    new = onward(wanted, plan=plan, stanzas=stanzas, sung=sung, around=around)
    whole = new if around.before is None else joined(around.before, new)
    whole = whole if around.after is None else joined(whole, around.after)
    return linked(
        replace(
            whole,
            title=score.title if change.title is None else wanted.title,
            seed=score.seed,
            tempos=score.tempos,
            credits=score.credits,
        )
    )


def _bars(score: Score, start: Seconds, end: Seconds) -> tuple[int, int]:
    """The first of the bars and the one after the last; at least one."""
    first, last = bar_at(score, start, "start"), bar_at(score, end, "end")
    if not start < end or start >= score.seconds:
        raise InvalidRequest("out_of_range", "end", low=start, high=score.seconds)
    return (first, last) if first < last else (min(first, score.bars - 1), min(first, score.bars - 1) + 1)


def _longest(score: Score, first: int, last: int) -> Section:
    """The section that most of the bars are of."""
    return max(
        score.sections,
        key=lambda section: min(last, section.first_bar + section.bars) - max(first, section.first_bar),
    )


def _stanzas(stretch: Score, wanted: Brief, change: Change, former: Section) -> Sequence[Stanza]:
    """What is sung in the new bars."""
    if wanted.lyrics is not None:
        tagged = f"[{former.kind.title()}]\n{wanted.lyrics}"
        return [stanza for stanza in parse(tagged).stanzas if stanza.lines]
    if stretch.vocal is not None and (change.description is None or wanted.language not in WRITTEN):
        return [Stanza(kind=former.kind, name=former.name, lines=stretch.vocal.lines)]
    if change.description is None and change.instrumental is None:
        return ()
    length = Seconds(max(_SHORTEST, stretch.seconds))
    written = [stanza for stanza in write(replace(wanted, seconds=length)).stanzas if stanza.lines]
    alike = [stanza for stanza in written if stanza.kind is former.kind]
    return (alike or written)[:1]
