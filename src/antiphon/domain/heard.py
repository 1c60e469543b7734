"""What was heard in a recording that was not made here. Times are seconds from its beginning; pitches are MIDI's."""

import enum
from dataclasses import dataclass
from typing import Literal

from antiphon.domain.units import Seconds

SHORTEST_RECORDING = Seconds(5.0)
LONGEST_RECORDING = Seconds(480.0)
LARGEST_RECORDING = 64 * 1024**2
"""Bytes of the file."""

HeardMode = Literal["major", "minor"]


class HearingFault(enum.StrEnum):
    """Why nothing can be heard in a file."""

    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    SILENT = "silent"
    UNREADABLE = "unreadable"


class ChordKind(enum.StrEnum):
    """Harmonies that are told apart, by what follows the root in a chord's symbol."""

    MAJOR = ""
    MINOR = "m"
    SEVENTH = "7"
    MAJOR_SEVENTH = "maj7"
    MINOR_SEVENTH = "m7"
    DIMINISHED = "dim"
    SUSPENDED_SECOND = "sus2"
    SUSPENDED_FOURTH = "sus4"
    POWER = "5"


INTERVALS: dict[ChordKind, tuple[int, ...]] = {
    ChordKind.MAJOR: (0, 4, 7),
    ChordKind.MINOR: (0, 3, 7),
    ChordKind.SEVENTH: (0, 4, 7, 10),
    ChordKind.MAJOR_SEVENTH: (0, 4, 7, 11),
    ChordKind.MINOR_SEVENTH: (0, 3, 7, 10),
    ChordKind.DIMINISHED: (0, 3, 6),
    ChordKind.SUSPENDED_SECOND: (0, 2, 7),
    ChordKind.SUSPENDED_FOURTH: (0, 5, 7),
    ChordKind.POWER: (0, 7),
}
"""Semitones above the root, ascending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardTempo:
    """How fast it goes.

    Args:
        bpm: Beats a minute.
        alternative: What others would call it: half or double, whichever is the likelier.
        steadiness: How well a line fits the beats, 0 (not at all) to 1 (as a machine plays).
    """

    bpm: float
    alternative: float
    steadiness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardKey:
    """A tonic, and whether its third is major or minor.

    Args:
        tonic: 0 (C) to 11 (B).
        mode: Of the two.
        certainty: How much better it fits than the next best, 0 to 1.
        tuning: How far the recording is above 440 Hz, in cents, -50 to 50.
    """

    tonic: int
    mode: HeardMode
    certainty: float
    tuning: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardChord:
    """A harmony. Where none is heard there is no chord.

    Args:
        start: Its first beat.
        end: The beat after its last.
        root: 0 (C) to 11 (B).
        kind: What stands on the root.
        bass: The lowest note, 0 to 11, where it is another than the root.
    """

    start: Seconds
    end: Seconds
    root: int
    kind: ChordKind
    bass: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSection:
    """A part of the form.

    Args:
        start: A downbeat, or the beginning.
        end: Where the next begins, or the end.
        label: "A", "B", ... in order of appearance; sections that sound alike have the same.
        energy: How loud it is beside the loudest section, 0 to 1.
    """

    start: Seconds
    end: Seconds
    label: str
    energy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardNote:
    """A note of the melody.

    Args:
        start: Its onset.
        end: Its end.
        pitch: The nearest key, 0 to 127, the recording's tuning allowed for.
        cents: How far it is from that key, -50 to 50.
        velocity: How strong, 1 to 127.
    """

    start: Seconds
    end: Seconds
    pitch: int
    cents: float = 0.0
    velocity: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardWord:
    """A word of a text that was known beforehand, as it is written.

    Args:
        start: Its onset.
        end: Its end.
        text: With the marks that stand at it.
        line: Which line of the text, from 0, lines without words left out.
    """

    start: Seconds
    end: Seconds
    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be heard, besides tempo, key, chords and sections.

    Args:
        melody: The tune.
        lyrics: A text, whose words are looked for in time; "" for none.
        language: The text's language, as in `engines/espeak/languages.toml`.
        stems: Into how many parts the sound is to be taken apart: 0 for none, 2 (vocals, instrumental) or 4 (vocals,
            drums, bass, other).
        copy: Also the recording itself, encoded anew as MP3: what a stranger sent is not what others are sent.
    """

    melody: bool = True
    lyrics: str = ""
    language: str = "en"
    stems: Literal[0, 2, 4] = 0
    copy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A recording, as far as it is understood.

    Args:
        seconds: How long it sounds.
        tempo: How fast it goes.
        meter: Beats in a bar, 3 or 4.
        division: What a beat is divided by: 2, or 3 as in 6/8, 12/8 and swing.
        beats: Each beat; at least two.
        downbeats: The first beat of each bar; some of `beats`.
        key: Its key.
        chords: In order; they begin and end on beats.
        sections: In order, without gaps, from the beginning to the end.
        melody: In order, one note at a time; empty where none was wanted or found.
        words: In order; empty where no text was given.
        sung: Whether somebody sings; None where that was not decided.
    """

    seconds: Seconds
    tempo: HeardTempo
    meter: int
    beats: tuple[Seconds, ...]
    downbeats: tuple[Seconds, ...]
    key: HeardKey
    chords: tuple[HeardChord, ...]
    sections: tuple[HeardSection, ...]
    melody: tuple[HeardNote, ...] = ()
    words: tuple[HeardWord, ...] = ()
    sung: bool | None = None
    division: int = 2
