"""Songs to cut, join and go on from."""

import functools

from antiphon.engines.song.arrange import arrange
from antiphon.engines.song.brief import brief
from antiphon.engines.song.compose import compose
from antiphon.engines.song.lyrics import parse
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import Score, SectionKind
from unit.engines.song.composing import espeak

CHORUS = """[Chorus]
Light up the harbour, light up the bay
Nobody here wants to sail away
Light up the harbour, let it all burn
Every boat is about to return"""
LYRICS = f"""[Verse 1]
Ropes on the pier and salt on the air
Somebody sings to the gulls over there
Nets in the sun and a radio on
Half of the morning is already gone

{CHORUS}

[Verse 2]
Paint on the hull is as old as my name
Every wave is a little the same
Count all the windows and count every door
Nothing is left that we had to wait for

{CHORUS}

[Bridge]
Hold the line
Let it go
Tide is high
Wind is low

{CHORUS}"""
MORE = """[Verse]
Evening is here with a lamp in its hand
Footprints are filling with water and sand

[Chorus]
Put out the lanterns, put out the flame
Nobody here will remember my name
Put out the lanterns and listen to me
All of my letters are lost in the sea"""


@functools.cache
def sung(style="pop", *, seed=1, lyrics=LYRICS, **more) -> Score:
    """A song of some style, by its lyrics about as long as they need."""
    wanted = brief(Request(seed=seed, style=style, lyrics=lyrics, **more))
    return compose(wanted, lyrics=parse(lyrics), speaker=espeak(), arrange=arrange)


@functools.cache
def played(style="pop", *, seed=1, seconds=70.0, **more) -> Score:
    """An instrumental."""
    wanted = brief(Request(seed=seed, style=style, instrumental=True, seconds=seconds, **more))
    return compose(wanted, lyrics=None, speaker=espeak(), arrange=arrange)


def seam_after(score, kind, number=0) -> int:
    """The bar after a song's section of a kind."""
    section = [each for each in score.sections if each.kind is kind][number]
    return section.first_bar + section.bars


def second_of(score, bar):
    """When a bar begins."""
    return score.second(bar * score.meter.bar)


def sections(score, kind: SectionKind):
    """The sections of a kind."""
    return [section for section in score.sections if section.kind is kind]


def within(notes, score, section):
    """Notes of a section, counted from its beginning."""
    start = section.first_bar * score.meter.bar
    end = start + section.bars * score.meter.bar
    return [(note.start - start, note.length, note.pitch) for note in notes if start <= note.start < end]


def harmony(score, section):
    """A section's chords, counted from its beginning."""
    start = section.first_bar * score.meter.bar
    end = start + section.bars * score.meter.bar
    return [(chord.start - start, chord.length, chord.symbol) for chord in score.chords if start <= chord.start < end]
