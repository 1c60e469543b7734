"""Styles, lyrics and songs to test composing with."""

from antiphon.engines.espeak.library import Espeak, installed_data
from antiphon.engines.song.compose import compose
from antiphon.engines.song.score import Credits, Meter, Mode, Part, Pitch, Role, Score, SectionKind, Singer
from antiphon.engines.song.style import Brief, Style
from antiphon.engines.song.words import Lyrics, Stanza

VERSE, CHORUS, BRIDGE, INTRO, SOLO, OUTRO = (
    SectionKind.VERSE,
    SectionKind.CHORUS,
    SectionKind.BRIDGE,
    SectionKind.INTRO,
    SectionKind.SOLO,
    SectionKind.OUTRO,
)
WOMAN = Singer(gender="female", lowest=Pitch(57), highest=Pitch(76))
MAN = Singer(gender="male", lowest=Pitch(45), highest=Pitch(64))


def style(genre="pop", bpm=110.0, mode=Mode.MAJOR, *, verse=("axis_from_six",), chorus=("axis",), **more):
    return Style(
        genre=genre,
        tempo=(bpm - 10, bpm + 10),
        bpm=bpm,
        modes=((mode, 1.0),),
        progressions=((VERSE, verse), (CHORUS, chorus)),
        **more,
    )


STYLES = (
    style(vocabulary="pop"),
    style("ballad", 68.0, verse=("canon", "descending"), vocabulary="open", density=0.3, syncopation=0.1),
    style("metal", 160.0, Mode.PHRYGIAN, verse=("phrygian_vamp",), chorus=("phrygian_four",), vocabulary="power"),
    style("jazz", 132.0, verse=("turnaround",), chorus=("circle",), vocabulary="jazz", syncopation=0.7, melisma=0.4),
    style("waltz", 100.0, verse=("waltz",), vocabulary="folk", meter=Meter(beats=3)),
    style("jig", 90.0, Mode.DORIAN, verse=("dorian_folk",), chorus=("dorian_four",), meter=Meter(beats=6, unit=8)),
    style("bass", 174.0, Mode.MINOR, verse=("minor_nine",), chorus=("minor_axis",), spread=2.0, cadence=0.0),
    style("tango", 120.0, Mode.HARMONIC_MINOR, verse=("tango",), chorus=("harmonic_four",), spread=0.5),
    style("blues", 96.0, Mode.MIXOLYDIAN, verse=("twelve_bars",), chorus=("eight_bars",), vocabulary="blues"),
    style("odd", 84.0, Mode.LYDIAN, verse=("floating",), chorus=("floating_four",), meter=Meter(beats=5)),
)

_VERSE_1 = """Windows down on the open highway
Chasing the sun to the end of the day
Every mile is a brand new story
Nothing but music to show us the way"""
_VERSE_2 = """Gas station coffee and faded postcards
Maps that we never will need anyway
Counting the stars through a broken sunroof
Singing along till the break of the day"""
_CHORUS = """Oh we are running, running free
Summer is calling you and me
Oh we are running, can't you see
This is the place we want to be"""
_LONGER_CHORUS = """Oh we keep running, running so free
Summer keeps calling on you and on me
Oh running
This is the only place that we would ever want to be"""
_BRIDGE = """Slow it down
Breathe the night
Hold me close
Till the light"""


def stanza(kind, text):
    return Stanza(kind=kind, name="", lines=tuple(text.splitlines()))


LYRICS = Lyrics(
    stanzas=(
        stanza(VERSE, _VERSE_1),
        stanza(CHORUS, _CHORUS),
        stanza(VERSE, _VERSE_2),
        stanza(CHORUS, _LONGER_CHORUS),
        stanza(BRIDGE, _BRIDGE),
        stanza(CHORUS, _CHORUS),
    )
)


def brief(of=STYLES[0], *, seed=1, seconds=None, singer=WOMAN, **more):
    credit = Credits(style=of.genre)
    return Brief(style=of, title="A song", seed=seed, credits=credit, singer=singer, seconds=seconds, **more)


def espeak(voice="en-us"):
    """A new one each time: what else has used the library in this process may have left it without a voice."""
    library = Espeak(installed_data())
    library.set_voice(voice)
    return library


def lead_only(wanted, *, key, sections, chords, vocal, tune):
    return (Part(role=Role.LEAD, instrument="grand_piano", notes=tuple(tune)),)


def song(wanted, lyrics=LYRICS) -> Score:
    return compose(wanted, lyrics=lyrics, speaker=espeak(), arrange=lead_only)
