"""The melody: what is sung, its second voices in choruses, and what an instrument plays where nobody sings."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from antiphon.engines.song.chance import chance
from antiphon.engines.song.duet import given, is_duet, partner_of, whose
from antiphon.engines.song.fitted import Tone
from antiphon.engines.song.form import Plan, Span
from antiphon.engines.song.phrases import Ground, Line, Models, Phrase, phrases
from antiphon.engines.song.rhythm import STRONG, Step, steps, strength
from antiphon.engines.song.score import (
    Chord,
    Key,
    Meter,
    Note,
    Pitch,
    Section,
    SectionKind,
    Singer,
    Sung,
    Ticks,
    Vocal,
    Word,
)
from antiphon.engines.song.style import Brief
from antiphon.engines.song.tune import Range
from antiphon.engines.song.words import Stanza, SungLine, Syllable, VoiceOf

COMPASS = 16
"""Semitones that a tune spans at most, however much the singer has."""

_HARMONISED = frozenset({SectionKind.CHORUS, SectionKind.POST_CHORUS})
_SECOND_VOICE = {4: 0.0, 3: 0.0, 5: 1.2, -8: 1.0, -9: 1.0, -3: 1.2, -4: 1.2, -5: 1.8, 7: 2.5, -7: 2.8, 0: 6.0}
"""Where a second voice can be against the tune, in semitones, and what it costs."""

_LOUDEST = 118


def melody(
    brief: Brief,
    *,
    key: Key,
    plan: Plan,
    chords: Sequence[Chord],
    stanzas: Sequence[Stanza],
    sung: Sequence[Sequence[SungLine]],
    models: Models = MappingProxyType({}),
) -> Vocal:
    """What is sung.

    Args:
        brief: What is wanted, and who sings.
        key: The key.
        plan: The sections, and which stanza each of them sings.
        chords: Of the whole song.
        stanzas: The lyrics.
        sung: How each of their lines sounds. Lines of which nothing can be sung are left out.
        models: Tunes that come back.
    """
    singable = [[line for line in lines if line.words] for lines in sung]
    lines = [singable[stanza] if stanza is not None else [] for stanza in plan.stanzas]
    ground = Ground(
        brief=brief,
        meter=brief.style.meter,
        chords=tuple(chords),
        within=compass(brief.singer, key),
        voice="vocal",
        models=models,
    )
    tune = phrases(ground, plan, [[steps(line) for line in section] for section in lines])
    texts: list[str] = []
    words: list[Word] = []
    lead: list[Sung] = []
    second: list[Sung] = []
    partner = partner_of(brief.singer) if is_duet(stanzas, brief.singer) else None
    singers = (brief.singer, partner or brief.singer)
    for place, section in enumerate(plan.sections):
        begin = len(lead)
        for line, phrase, span in zip(lines[place], tune[place], plan.spans[place], strict=False):
            start = (section.first_bar + span.first_bar) * ground.meter.bar
            lead += _notes(line, phrase, start=start, first_word=len(words), loud=_Loud(section, ground.meter))
            words += [Word(text=word.text, line=len(texts)) for word in line.words]
            texts.append(line.text)
        voice = _voice(stanzas, plan.stanzas[place])
        who = whose(voice, brief.singer)
        if section.kind in _HARMONISED or voice == "both":
            second += given(second_voice(ground, lead[begin:]), 1 if voice == "both" else who, singers)
        lead[begin:] = given(lead[begin:], who, singers)
    return Vocal(
        language=brief.language,
        lines=tuple(texts),
        words=tuple(words),
        lead=tuple(lead),
        singer=brief.singer,
        harmonies=(tuple(second),) if second else (),
        partner=partner,
    )


def lead(
    brief: Brief,
    *,
    key: Key,
    plan: Plan,
    chords: Sequence[Chord],
    lowest: Pitch,
    highest: Pitch,
    models: Models = MappingProxyType({}),
) -> tuple[Note, ...]:
    """A tune for an instrument in all sections that are not sung, in its range; sections that are alike repeat it."""
    meter = brief.style.meter
    whole = Singer(gender=brief.singer.gender, lowest=lowest, highest=highest)
    ground = Ground(
        brief=brief, meter=meter, chords=tuple(chords), within=compass(whole, key), voice="lead", models=models
    )
    lines = [
        [_unsung(ground, section, number, span) for number, span in enumerate(plan.spans[place])]
        if stanza is None
        else []
        for place, (section, stanza) in enumerate(zip(plan.sections, plan.stanzas, strict=True))
    ]
    tune = phrases(ground, plan, lines)
    notes = []
    for place, section in enumerate(plan.sections):
        for phrase, span in zip(tune[place], plan.spans[place], strict=False):
            start = (section.first_bar + span.first_bar) * meter.bar
            loud = _Loud(section, meter)
            notes += [
                Note(
                    start=Ticks(start + tone.start),
                    length=tone.length,
                    pitch=tone.pitch,
                    velocity=loud.velocity(start + tone.start, 0),
                )
                for tone in phrase
            ]
    return tuple(notes)


def compass(singer: Singer, key: Key) -> Range:
    """The middle of a singer's range, not wider than a tune wants."""
    spare = max(0, singer.highest - singer.lowest - COMPASS)
    lowest = singer.lowest + (spare + 1) // 2
    return Range(lowest=Pitch(lowest), highest=Pitch(min(singer.highest, lowest + COMPASS)), key=key)


class _Loud:
    """How strongly notes of a section are sung.

    Args:
        section: For its energy.
        meter: For strong beats.
    """

    def __init__(self, section: Section, meter: Meter) -> None:
        self._base = 56 + 30 * section.energy
        self._meter = meter

    def velocity(self, tick: int, stress: int) -> int:
        """Of a note at a tick whose syllable has a stress."""
        return min(_LOUDEST, round(self._base + 3 * strength(self._meter, tick) + 5 * stress))


def _unsung(ground: Ground, section: Section, number: int, span: Span) -> Line:
    """What stands for a line where nobody sings: as many notes as the tune has that comes back, if one does."""
    model = ground.models.get(section.kind)
    phrase = model.phrase(number, span) if model is not None else ()
    if phrase:
        return tuple(Step(stress=0, gap=1.0) for tone in phrase if not tone.held)
    return _wordless(ground.brief, section, number)


def _wordless(brief: Brief, section: Section, number: int) -> Line:
    """What stands for a line where nobody sings: as many notes as the style's density and the section's energy ask."""
    draw = chance(brief.seed, "wordless", f"{section.kind} {number % 2}")
    beats = 2 * brief.style.meter.bar / 480
    often = 0.45 + 0.6 * brief.style.density + 0.3 * (section.energy - 0.5)
    count = max(2, round(beats * often * draw.uniform(0.8, 1.1)))
    return tuple(Step(stress=2 * draw.randrange(2), gap=draw.choice((0.6, 1.0, 1.0, 1.6))) for _ in range(count))


def _voice(stanzas: Sequence[Stanza], stanza: int | None) -> VoiceOf | None:
    return None if stanza is None else stanzas[stanza].voice


def _notes(line: SungLine, phrase: Phrase, *, start: int, first_word: int, loud: _Loud) -> list[Sung]:
    """A phrase with its words."""
    owners = [(first_word + place, syllable) for place, word in enumerate(line.words) for syllable in word.syllables]
    notes: list[Sung] = []
    number = -1
    for tone in phrase:
        number += not tone.held
        word, syllable = owners[number]
        notes.append(_sung(tone, word, syllable, Ticks(start + tone.start), loud))
    return notes


def _sung(tone: Tone, word: int, syllable: Syllable, start: Ticks, loud: _Loud) -> Sung:
    return Sung(
        start=start,
        length=tone.length,
        pitch=tone.pitch,
        velocity=loud.velocity(start, syllable.stress),
        word=word,
        phonemes=() if tone.held else syllable.phonemes,
        vowel=0 if tone.held else syllable.vowel,
        stress=0 if tone.held else syllable.stress,
    )


def second_voice(ground: Ground, tune: Sequence[Sung]) -> list[Sung]:
    """The tune's words a third above or a sixth below: with notes of the chord where the tune has one."""
    notes: list[Sung] = []
    singer = ground.brief.singer
    scale = set(ground.key.scale())
    for note in tune:
        tones = set(ground.chord_at(note.start).pitch_classes())
        firm = note.pitch % 12 in tones or strength(ground.meter, note.start) >= STRONG
        allowed = tones if firm else scale | tones
        before = notes[-1].pitch if notes else note.pitch
        able = [
            Pitch(note.pitch + way)
            for way in _SECOND_VOICE
            if way == 0 or ((note.pitch + way) % 12 in allowed and singer.lowest <= note.pitch + way <= singer.highest)
        ]
        chosen = min(able, key=lambda key: (_SECOND_VOICE[key - note.pitch] + 0.22 * abs(key - before), key))
        notes.append(replace(note, pitch=chosen, velocity=max(1, note.velocity - 14)))
    return notes
