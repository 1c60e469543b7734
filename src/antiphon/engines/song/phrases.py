"""The tune of every section, phrase by phrase: motifs that return, and sections that are like others.

A phrase is a line of the lyrics, or two bars of what an instrument plays. Phrases of a section have letters, as in
"abac"; those of one letter share a rhythmic motif and a contour, and over like chords the tune itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from antiphon.engines.song.chance import chance
from antiphon.engines.song.fitted import Tone, fitted
from antiphon.engines.song.form import Plan, Span
from antiphon.engines.song.rhythm import Step, strength, taste, times
from antiphon.engines.song.score import TICKS, Chord, Key, Meter, Pitch, Section, SectionKind, Ticks
from antiphon.engines.song.style import Brief
from antiphon.engines.song.tune import Range, Spot, contour, pitches

Line = tuple[Step, ...]
Phrase = tuple[Tone, ...]
"""A line's notes, counted from the beginning of its room."""

_PATTERNS = ("abab", "aabb", "abac", "aaba", "aabc")
_HEIGHTS = {
    SectionKind.INTRO: (0.1, 0.7),
    SectionKind.VERSE: (0.0, 0.62),
    SectionKind.PRE_CHORUS: (0.15, 0.78),
    SectionKind.CHORUS: (0.3, 1.0),
    SectionKind.POST_CHORUS: (0.3, 0.95),
    SectionKind.BRIDGE: (0.2, 0.9),
    SectionKind.SOLO: (0.2, 1.0),
    SectionKind.OUTRO: (0.0, 0.6),
}
_ANY_HEIGHT = (0.1, 0.75)
_HOME = {SectionKind.CHORUS: 5.0, SectionKind.OUTRO: 5.0, SectionKind.POST_CHORUS: 4.0}
_HOME_ELSEWHERE, _OPEN = 1.5, -0.8
_VARIED = frozenset({SectionKind.VERSE, SectionKind.PRE_CHORUS})
_SIXTEENTH = TICKS // 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The tune of a section that comes back.

    Args:
        spans: Where its lines are.
        phrases: Their notes.
    """

    spans: tuple[Span, ...]
    phrases: tuple[Phrase, ...]

    def phrase(self, line: int, span: Span) -> Phrase:
        """The tune of a line, if there is one of that place."""
        return self.phrases[line] if line < len(self.spans) and self.spans[line] == span else ()


Models = Mapping[SectionKind, Model]
"""Of kinds of sections that come back, their tunes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a tune stands on.

    Args:
        brief: What is wanted.
        meter: The meter.
        chords: Of the whole song.
        within: The notes it may have.
        voice: Whose tune it is, such as "vocal": another voice has another tune.
        models: Tunes that there are already.
    """

    brief: Brief
    meter: Meter
    chords: tuple[Chord, ...]
    within: Range
    voice: str
    models: Models = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """The key."""
        return self.within.key

    def chord_at(self, tick: int) -> Chord:
        """The harmony that stands at a tick."""
        return next((chord for chord in self.chords if chord.start <= tick < chord.end), self.chords[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a phrase stands: its section, which of its lines it is, and whether it is the last."""

    section: Section
    number: int
    line: int
    last: bool
    span: Span
    letter: str

    def start(self, meter: Meter) -> Ticks:
        return Ticks((self.section.first_bar + self.span.first_bar) * meter.bar)

    def length(self, meter: Meter) -> Ticks:
        return Ticks(self.span.bars * meter.bar)


def phrases(ground: Ground, plan: Plan, lines: Sequence[Sequence[Line]]) -> tuple[tuple[Phrase, ...], ...]:
    """The tune.

    Args:
        ground: What it stands on.
        plan: The sections, and where their lines are.
        lines: Of each section its lines' syllables; none where the voice is silent.

    Returns:
        Of each section, of each of its lines the notes: one that is not held for each syllable.
    """
    done: list[tuple[Phrase, ...]] = []
    for number, section in enumerate(plan.sections):
        model = done[section.like] if section.like is not None else ()
        own: list[Phrase] = []
        sung = list(zip(lines[number], plan.spans[number], strict=False))
        for line, (syllables, span) in enumerate(sung):
            place = _Place(
                section=section,
                number=number,
                line=line,
                last=line == len(sung) - 1,
                span=span,
                letter=_letter(ground, section.kind, line),
            )
            own.append(_phrase(ground, place, syllables, _model(ground, place, model, own, plan)))
        done.append(tuple(own))
    return tuple(done)


def _letter(ground: Ground, kind: SectionKind, line: int) -> str:
    pattern = chance(ground.brief.seed, "pattern", f"{ground.voice} {kind}").choice(_PATTERNS)
    return pattern[line % len(pattern)]


def _model(ground: Ground, place: _Place, like: Sequence[Phrase], own: Sequence[Phrase], plan: Plan) -> Phrase | None:
    """The phrase that this one repeats: of a section it is like, or one of the same letter over the same chords."""
    if place.line < len(like):
        return like[place.line]
    model = ground.models.get(place.section.kind)
    if model is not None and (phrase := model.phrase(place.line, place.span)):
        return phrase
    spans = plan.spans[place.number]
    for line, phrase in enumerate(own):
        earlier = replace(place, line=line, span=spans[line])
        alike = _letter(ground, place.section.kind, line) == place.letter and spans[line].bars == place.span.bars
        if alike and not place.last and _harmony(ground, earlier) == _harmony(ground, place):
            return phrase
    return None


def _harmony(ground: Ground, place: _Place) -> list[tuple[int, str]]:
    start = place.start(ground.meter)
    end = start + place.length(ground.meter)
    return [(chord.start - start, chord.symbol) for chord in ground.chords if chord.start < end and chord.end > start]


def _phrase(ground: Ground, place: _Place, line: Line, model: Phrase | None) -> Phrase:
    if not line:
        return ()
    if model:
        again = fitted(model, line, ground.meter) or _told(ground, place, line, model)
        if place.section.like is None or place.section.kind not in _VARIED or not place.last or len(again) != len(line):
            return again
        return _with_pitches(ground, place, [(tone.start, tone.length) for tone in again])
    plain = _with_pitches(ground, place, _times(ground, place, line))
    return _slurred(ground, place, line, plain)


def _times(ground: Ground, place: _Place, line: Line) -> list[tuple[Ticks, Ticks]]:
    style = ground.brief.style
    start = place.start(ground.meter)
    syncopation = min(1.0, style.syncopation * (0.7 + ground.brief.weirdness))
    motif = taste(ground.brief.seed, f"{ground.voice} {place.section.kind} {place.letter}", syncopation)
    found = times(line, start=start, length=place.length(ground.meter), meter=ground.meter, motif=motif)
    return [(Ticks(onset - start), length) for onset, length in found]


def _told(ground: Ground, place: _Place, line: Line, model: Phrase) -> Phrase:
    """Many words to a tune of few notes: their own rhythm, and at each moment the pitch that the tune has then."""
    tones = []
    for start, length in _times(ground, place, line):
        sounding = [tone for tone in model if tone.start <= start] or [model[0]]
        tones.append(Tone(start=start, length=length, pitch=sounding[-1].pitch))
    return tuple(tones)


def _with_pitches(ground: Ground, place: _Place, found: Sequence[tuple[Ticks, Ticks]]) -> Phrase:
    start = place.start(ground.meter)
    kind = place.section.kind
    low, high = _HEIGHTS.get(kind, _ANY_HEIGHT)
    shape = contour(ground.brief.seed, f"{ground.voice} {kind} {place.letter}", low=low, high=high)
    until = max(1, found[-1][0])
    spots = [
        Spot(
            start=Ticks(start + onset),
            length=length,
            strength=strength(ground.meter, start + onset),
            chord=ground.chord_at(start + onset),
            height=shape.height(onset / until, number),
        )
        for number, (onset, length) in enumerate(found)
    ]
    chosen = pitches(
        spots,
        ground.within,
        place=f"{ground.voice} {place.number} {place.line}",
        seed=ground.brief.seed,
        weirdness=ground.brief.weirdness,
        home=_HOME.get(kind, _HOME_ELSEWHERE) if place.last else _OPEN,
    )
    return tuple(
        Tone(start=onset, length=length, pitch=pitch) for (onset, length), pitch in zip(found, chosen, strict=True)
    )


def _slurred(ground: Ground, place: _Place, line: Line, phrase: Phrase) -> Phrase:
    """The phrase with some long stressed syllables turned about their note: a step away and back."""
    draw = chance(ground.brief.seed, "slur", f"{ground.voice} {place.number} {place.line}")
    tones: list[Tone] = []
    for number, (tone, step) in enumerate(zip(phrase, line, strict=True)):
        wanted = draw.random() < ground.brief.style.melisma * (0.5 + step.stress / 2)
        before = phrase[number - 1].pitch if number else tone.pitch
        beside = _beside(ground, tone.pitch, upward=tone.pitch <= before)
        begin = place.start(ground.meter) + tone.start
        steady = ground.chord_at(begin + tone.length - 1) == ground.chord_at(begin)
        if wanted and steady and tone.length >= TICKS and beside is not None and number < len(phrase) - 1:
            tones += _turn(tone, beside)
        else:
            tones.append(tone)
    return tuple(tones)


def _beside(ground: Ground, pitch: Pitch, *, upward: bool) -> Pitch | None:
    """The next note of the scale, if it is in range and a step."""
    ways = (1, 2) if upward else (-1, -2)
    inside = [pitch + way for way in ways if (pitch + way) % 12 in ground.key.scale()]
    near = [key for key in inside if ground.within.lowest <= key <= ground.within.highest]
    return Pitch(near[0]) if near else None


def _turn(tone: Tone, beside: Pitch) -> list[Tone]:
    short = Ticks(_SIXTEENTH if tone.length < 2 * TICKS else 2 * _SIXTEENTH)
    first = Ticks(tone.length - 2 * short)
    return [
        Tone(start=tone.start, length=first, pitch=tone.pitch),
        Tone(start=Ticks(tone.start + first), length=short, pitch=beside, held=True),
        Tone(start=Ticks(tone.start + first + short), length=short, pitch=tone.pitch, held=True),
    ]
