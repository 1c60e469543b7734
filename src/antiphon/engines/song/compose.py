"""Composes: the stages one after the other, from what is wanted to the score."""

from collections.abc import Sequence
from typing import Protocol

from antiphon.engines.song.form import Plan, form
from antiphon.engines.song.harmony import harmony, key_of
from antiphon.engines.song.melody import lead, melody
from antiphon.engines.song.prosody import Speaker, sound
from antiphon.engines.song.score import Chord, Key, Note, Part, Pitch, Score, Section, Tempo, Ticks, Vocal
from antiphon.engines.song.style import Brief
from antiphon.engines.song.words import Lyrics, SungLine

LEAD_LOWEST, LEAD_HIGHEST = Pitch(64), Pitch(80)
"""Of the tune that an instrument has, before it is moved to where the instrument plays."""


class Arranger(Protocol):
    """Whoever gives the band its parts."""

    def __call__(
        self,
        brief: Brief,
        *,
        key: Key,
        sections: Sequence[Section],
        chords: Sequence[Chord],
        vocal: Vocal | None,
        tune: Sequence[Note],
    ) -> tuple[Part, ...]:
        """The parts of a song.

        Args:
            brief: The style.
            key: The key.
            sections: The form.
            chords: The harmony.
            vocal: What is sung, if anything is.
            tune: A melody for an instrument, in all sections that are not sung.
        """
        ...


def compose(brief: Brief, *, lyrics: Lyrics | None, speaker: Speaker, arrange: Arranger) -> Score:
    """A song.

    Args:
        brief: What is wanted.
        lyrics: What is sung; None for an instrumental. Words of which nothing can be sung make one as well.
        speaker: Who knows how the words sound, in the brief's language.
        arrange: Who gives the band its parts.
    """
    stanzas = () if lyrics is None else lyrics.stanzas
    sung = tuple(sound(stanza.lines, brief.language, speaker) for stanza in stanzas)
    plan = form(brief, stanzas, [[len(line.syllables) for line in lines] for lines in sung])
    return composed(brief, plan=plan, lyrics=lyrics, sung=sung, arrange=arrange)


def composed(
    brief: Brief, *, plan: Plan, lyrics: Lyrics | None, sung: Sequence[Sequence[SungLine]], arrange: Arranger
) -> Score:
    """The score of a form that is settled."""
    key = key_of(brief)
    style = brief.style
    chords = harmony(brief, key, style.meter, plan.sections)
    vocal = None
    if lyrics is not None and any(stanza is not None for stanza in plan.stanzas):
        vocal = melody(brief, key=key, plan=plan, chords=chords, stanzas=lyrics.stanzas, sung=sung)
    tune = lead(brief, key=key, plan=plan, chords=chords, lowest=LEAD_LOWEST, highest=LEAD_HIGHEST)
    return Score(
        title=brief.title,
        seed=brief.seed,
        key=key,
        meter=style.meter,
        tempos=(Tempo(start=Ticks(0), bpm=style.bpm),),
        swing=style.swing,
        sections=plan.sections,
        chords=chords,
        parts=arrange(brief, key=key, sections=plan.sections, chords=chords, vocal=vocal, tune=tune),
        vocal=vocal,
        credits=brief.credits,
    )
