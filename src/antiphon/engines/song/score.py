"""The score: all there is to know about a song. Everything that can be heard or exported is made from it.

Time is counted in ticks, a whole number of them a quarter note, so that bars, seams and repeats are exact. Pitches
are MIDI's: 60 is middle C, 69 is 440 Hz. A score is a plain value; `written` has its form outside.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NewType

from antiphon.domain.units import Seconds

VERSION = 1
"""Of the form in which it is written. A later release reads all earlier ones."""

Ticks = NewType("Ticks", int)

TICKS = 480
"""In a quarter note."""

Pitch = NewType("Pitch", int)
"""A key of MIDI's, 0 to 127."""

PitchClass = NewType("PitchClass", int)
"""0 (C) to 11 (B)."""


class Mode(enum.StrEnum):
    """Scales, by their usual names."""

    MAJOR = "major"
    MINOR = "minor"
    HARMONIC_MINOR = "harmonic_minor"
    DORIAN = "dorian"
    PHRYGIAN = "phrygian"
    LYDIAN = "lydian"
    MIXOLYDIAN = "mixolydian"


STEPS: dict[Mode, tuple[int, ...]] = {
    Mode.MAJOR: (0, 2, 4, 5, 7, 9, 11),
    Mode.MINOR: (0, 2, 3, 5, 7, 8, 10),
    Mode.HARMONIC_MINOR: (0, 2, 3, 5, 7, 8, 11),
    Mode.DORIAN: (0, 2, 3, 5, 7, 9, 10),
    Mode.PHRYGIAN: (0, 1, 3, 5, 7, 8, 10),
    Mode.LYDIAN: (0, 2, 4, 6, 7, 9, 11),
    Mode.MIXOLYDIAN: (0, 2, 4, 5, 7, 9, 10),
}
"""Semitones above the tonic."""


class SectionKind(enum.StrEnum):
    """What a section is in the song."""

    INTRO = "intro"
    VERSE = "verse"
    PRE_CHORUS = "pre-chorus"
    CHORUS = "chorus"
    POST_CHORUS = "post-chorus"
    BRIDGE = "bridge"
    SOLO = "solo"
    BREAK = "break"
    INTERLUDE = "interlude"
    OUTRO = "outro"


class Role(enum.StrEnum):
    """What a part does in the arrangement. Stems go by these."""

    DRUMS = "drums"
    PERCUSSION = "percussion"
    BASS = "bass"
    CHORDS = "chords"
    RHYTHM = "rhythm"
    PAD = "pad"
    ARPEGGIO = "arpeggio"
    LEAD = "lead"
    COUNTER = "counter"
    STRINGS = "strings"
    BRASS = "brass"
    EFFECTS = "effects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A tonic and its scale."""

    tonic: PitchClass
    mode: Mode

    def scale(self) -> tuple[PitchClass, ...]:
        """Its seven pitch classes, from the tonic up."""
        return tuple(PitchClass((self.tonic + step) % 12) for step in STEPS[self.mode])


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Beats in a bar, and what a beat is: 4 a quarter note, 8 an eighth."""

    beats: int = 4
    unit: Literal[4, 8] = 4

    @property
    def bar(self) -> Ticks:
        """The length of a bar."""
        return Ticks(self.beats * TICKS * 4 // self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord:
    """A harmony.

    Args:
        start: From the song's beginning.
        length: How long it stands.
        root: Its root.
        intervals: Semitones above the root, 0 first, ascending: (0, 4, 7) is a major triad.
        symbol: For people, such as "Am7/G".
        bass: The lowest note, where it is not the root.
    """

    start: Ticks
    length: Ticks
    root: PitchClass
    intervals: tuple[int, ...]
    symbol: str
    bass: PitchClass | None = None

    @property
    def end(self) -> Ticks:
        """Where the next one begins."""
        return Ticks(self.start + self.length)

    def pitch_classes(self) -> tuple[PitchClass, ...]:
        """What belongs to it, the root first."""
        return tuple(PitchClass((self.root + interval) % 12) for interval in self.intervals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the form.

    Args:
        kind: What it is.
        name: As the lyrics have it, such as "Verse 1".
        first_bar: Its first bar, from 0.
        bars: How many.
        energy: How full and loud it is, 0 to 1.
        like: The earlier section whose chords and tune it repeats; None for one of its own.
    """

    kind: SectionKind
    name: str
    first_bar: int
    bars: int
    energy: float
    like: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note of an instrument; of drums, `pitch` is General MIDI's drum.

    Args:
        start: From the song's beginning.
        length: How long the key is down.
        pitch: The key.
        velocity: How hard, 1 to 127.
    """

    start: Ticks
    length: Ticks
    pitch: Pitch
    velocity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An instrument's part, its notes by start, then pitch.

    Args:
        role: What it does.
        instrument: A name of `instruments.toml`.
        notes: What it plays.
        gain: In decibels, 0 as the instrument is made.
        pan: -1 left to 1 right.
        reverb: How much of it goes into the room, 0 to 1.
    """

    role: Role
    instrument: str
    notes: tuple[Note, ...]
    gain: float = 0.0
    pan: float = 0.0
    reverb: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of the lyrics, as it is written, with the marks that stand at it.

    Args:
        text: Such as "road,".
        line: Which line of the lyrics, from 0.
    """

    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sung:
    """A sung note: a syllable, or more of one that goes on.

    Args:
        start: Of its vowel, from the song's beginning; consonants before the vowel come before it.
        length: Till it ends.
        pitch: What is sung.
        velocity: How strongly, 1 to 127.
        word: Which word, by its place in `Vocal.words`.
        phonemes: espeak's mnemonics of the syllable, in order, without stress marks; empty where the former syllable's
            vowel is held on another pitch.
        vowel: Which of them is its centre.
        stress: 0 none, 1 secondary, 2 primary.
        singer: Who sings it, by the place in `Vocal.singers`.
    """

    start: Ticks
    length: Ticks
    pitch: Pitch
    velocity: int
    word: int
    phonemes: tuple[str, ...]
    vowel: int = 0
    stress: int = 0
    singer: Literal[0, 1] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Singer:
    """A set of voice parameters: what a persona is.

    Args:
        gender: As heard.
        lowest: The lowest note that is sung with ease.
        highest: The highest.
        tract: The formants as a multiple of a man's; a woman's vocal tract is near 1.17.
        breath: Noise in the voice, 0 to 1.
        tilt: Change of the spectrum's slope, in decibels an octave; negative is darker.
        vibrato: Depth, in cents.
        vibrato_rate: In hertz.
        portamento: Seconds that a slide from note to note takes.
    """

    gender: Literal["male", "female"]
    lowest: Pitch
    highest: Pitch
    tract: float = 1.0
    breath: float = 0.15
    tilt: float = 0.0
    vibrato: float = 25.0
    vibrato_rate: float = 5.5
    portamento: float = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocal:
    """All that is sung.

    Args:
        language: A language code, as in `engines/espeak/languages.toml`.
        lines: The lyrics' lines, as they are written, sections' tags left out.
        words: Their words.
        lead: The tune, by start.
        harmonies: Further voices that sing the same words, each by start.
        singer: Who sings.
        partner: Who sings with them, in a duet.
    """

    language: str
    lines: tuple[str, ...]
    words: tuple[Word, ...]
    lead: tuple[Sung, ...]
    singer: Singer
    harmonies: tuple[tuple[Sung, ...], ...] = ()
    partner: Singer | None = None

    @property
    def singers(self) -> tuple[Singer, Singer]:
        """Whom notes name; where there is no partner, the singer sings everything."""
        return self.singer, self.partner or self.singer


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How fast it goes from some place on."""

    start: Ticks
    bpm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """Where the song comes from: for people, and for what is made of it later.

    Args:
        style: The genre, as `genres.toml` names it.
        moods: As `moods.toml` names them.
        understood: The tags of the request that were understood, with what each was taken for.
        unknown: Those that were not.
        description: What was asked for.
        tags: The style, as it was asked for.
        negative: What should not be, as it was asked for.
        weirdness: As it was asked for; None where nothing was said.
        style_weight: As weirdness.
        seam: Of what goes on from another song, the bar of that song at which it begins.
    """

    style: str
    moods: tuple[str, ...] = ()
    understood: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    description: str = ""
    tags: str = ""
    negative: str = ""
    weirdness: float | None = None
    style_weight: float | None = None
    seam: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A song.

    Args:
        title: What it is called.
        seed: What chance was drawn from; the same request and seed give the same score.
        key: Its key.
        meter: Its meter.
        tempos: At least one, the first at 0.
        swing: How far every second eighth note is late, 0 to 1; 1 is a triplet's.
        sections: In order, without gaps.
        chords: In order, without gaps, to the song's end.
        parts: The instruments.
        vocal: What is sung; None for an instrumental.
        credits: Where it comes from.
        master: How loud and bright the whole is made: 0 "subtle", 1 "normal", 2 "high".
    """

    title: str
    seed: int
    key: Key
    meter: Meter
    tempos: tuple[Tempo, ...]
    sections: tuple[Section, ...]
    chords: tuple[Chord, ...]
    parts: tuple[Part, ...]
    credits: Credits
    vocal: Vocal | None = None
    swing: float = 0.0
    master: int = 1
    version: int = field(default=VERSION)

    @property
    def bars(self) -> int:
        """How many bars there are."""
        return self.sections[-1].first_bar + self.sections[-1].bars

    @property
    def end(self) -> Ticks:
        """Where the last bar ends."""
        return Ticks(self.bars * self.meter.bar)

    def second(self, tick: Ticks) -> Seconds:
        """When a tick is, from the song's beginning. Swing is not in it: it moves what is played, not the bar."""
        lengths = (max(0, min(tick, end) - at.start) * 60.0 / (at.bpm * TICKS) for at, end in self._stretches())
        return Seconds(sum(lengths))

    def tick(self, second: Seconds) -> Ticks:
        """The last tick that is not after a moment."""
        passed = 0.0
        for stretch, end in self._stretches():
            length = (end - stretch.start) * 60.0 / (stretch.bpm * TICKS)
            if second < passed + length:
                return Ticks(stretch.start + int((second - passed) * stretch.bpm * TICKS / 60.0))
            passed += length
        return self.end

    @property
    def seconds(self) -> Seconds:
        """How long it lasts, the last note's ringing left out."""
        return self.second(self.end)

    def chord_at(self, tick: Ticks) -> Chord:
        """The harmony that stands at a tick."""
        return next((chord for chord in self.chords if chord.start <= tick < chord.end), self.chords[-1])

    def _stretches(self) -> Iterator[tuple[Tempo, Ticks]]:
        return zip(self.tempos, [*(after.start for after in self.tempos[1:]), self.end], strict=True)
