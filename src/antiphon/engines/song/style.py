"""What a song shall be like: the request in numbers and in names of the data files. Values only."""

from dataclasses import dataclass, field

from antiphon.domain.units import Seconds
from antiphon.engines.song.score import Credits, Meter, Mode, PitchClass, Role, SectionKind, Singer


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A place in the band.

    Args:
        role: What is done there.
        instruments: Names of `instruments.toml`, each with its weight.
        probability: That somebody sits there at all, 0 to 1.
    """

    role: Role
    instruments: tuple[tuple[str, float], ...]
    probability: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A way to make music.

    Args:
        genre: As `genres.toml` names it.
        tempo: From and to, in beats (quarter notes) a minute.
        bpm: The one that was chosen.
        meter: Its meter.
        modes: Each with its weight.
        tonic: Of the key, where one was asked for.
        forms: Ways to order the sections of an instrumental, and of lyrics that are written for it.
        progressions: Of each kind of section the names of `harmony.toml`, the most typical first. Kinds that are left
            out take those of the verse.
        vocabulary: What triads become, a name of `harmony.toml`.
        spread: How many bars one bar of a progression lasts: 0.5, 1 or 2.
        cadence: How often a section's end turns to a cadence, 0 (loops) to 1.
        groove: A name of `patterns.toml`.
        palette: The band.
        energy: How full and loud it is, 0 to 1.
        density: How many notes are played and sung, 0 to 1.
        swing: As in the score.
        syncopation: How often notes fall between the beats, 0 to 1.
        melisma: How often a long syllable moves over several notes, 0 to 1.
        manner: How it is sung, such as "soft", "belted".
        reverb: 0 dry to 1.
        colour: Of the mix, -1 dark to 1 bright.
    """

    genre: str
    tempo: tuple[float, float]
    bpm: float
    meter: Meter = field(default_factory=Meter)
    modes: tuple[tuple[Mode, float], ...] = ((Mode.MAJOR, 1.0),)
    tonic: PitchClass | None = None
    forms: tuple[tuple[SectionKind, ...], ...] = ()
    progressions: tuple[tuple[SectionKind, tuple[str, ...]], ...] = ()
    vocabulary: str = "triads"
    spread: float = 1.0
    cadence: float = 0.5
    groove: str = "straight"
    palette: tuple[Seat, ...] = ()
    energy: float = 0.6
    density: float = 0.5
    swing: float = 0.0
    syncopation: float = 0.3
    melisma: float = 0.1
    manner: str = "plain"
    reverb: float = 0.25
    colour: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """All that the stages need to know about what was asked for.

    Args:
        style: How.
        title: What it is called.
        seed: What chance is drawn from.
        credits: For people.
        singer: Who sings, if anybody does.
        language: A language code of the lyrics.
        lyrics: As they were given; None where they shall be written.
        instrumental: That nobody sings.
        seconds: How long it shall be; None where the lyrics or the form decide.
        weirdness: Borrowed chords, wide leaps and rhythms of its own, 0 to 1. As chords: at 0 few are borrowed.
        style_weight: How typical the choices are, 0 to 1: how often a progression is one of the style's own, and of
            those the first.
        moods: As `moods.toml` names them.
    """

    style: Style
    title: str
    seed: int
    credits: Credits
    singer: Singer
    language: str = "en"
    lyrics: str | None = None
    instrumental: bool = False
    seconds: Seconds | None = None
    weirdness: float = 0.3
    style_weight: float = 0.7
    moods: tuple[str, ...] = ()
