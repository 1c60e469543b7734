"""A recording as a score: what was heard of it, on a grid of bars, with a plain band, so that it can be gone on from.

Tempo, meter, key, chords, form and melody are the recording's; the band is not: it plays what a style has for those
chords. What of the melody could not be in a score is moved as little as can be, and `Transcript` tells how much.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from antiphon.domain.heard import Heard, HeardChord, HeardNote
from antiphon.engines.song.bargrid import Grid, grid_of
from antiphon.engines.song.brief import brief
from antiphon.engines.song.check import tune_of
from antiphon.engines.song.numerals import Harmony, symbol, tables
from antiphon.engines.song.prosody import Speaker, sound
from antiphon.engines.song.request import Gender, Request
from antiphon.engines.song.score import (
    Chord,
    Key,
    Mode,
    Note,
    Part,
    Pitch,
    PitchClass,
    Role,
    Score,
    Section,
    SectionKind,
    Ticks,
    Vocal,
)
from antiphon.engines.song.singable import singable
from antiphon.engines.song.style import Brief, Seat
from antiphon.engines.song.takendown import Song, played, sung
from antiphon.engines.song.verbs.alike import linked
from antiphon.engines.song.verbs.staged import Setting, band_of, untangled
from antiphon.engines.song.vocabulary import METERS, vocabulary

_PLAIN = ("pop", "rock", "ballad", "folk", "metal", "blues", "jazz", "waltz", "lofi", "house")
"""Styles that a recording is taken for, the likeliest first."""

_OCTAVE = 12
_OTHER_METER, _OTHER_LILT = 2.0, 0.8
_FALSETTO = 60
"""The middle of a tune from which on a woman is taken to sing it."""
_VOICED = 0.25
"""Of a section: from how much melody on it is taken to be sung."""
_LIVELY = 0.6
_LEADER = Seat(role=Role.LEAD, instruments=(("flute", 1.0),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What became of a recording.

    Args:
        score: The song.
        heard: How many notes of a melody were heard.
        moved: How many of the score's melody have another pitch than was heard there.
        unsung: How many words are not in the score: nothing in them can be sung, or there was no room.
    """

    score: Score
    heard: int
    moved: int = 0
    unsung: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is known of a recording beside its sound.

    Args:
        title: What it is called.
        seed: What chance is drawn from, for the band.
        style: Tags; "" for what tempo and meter suggest.
        gender: Whose voice it is; None for what its height suggests.
        language: Of the words.
    """

    title: str
    seed: int
    style: str = ""
    gender: Gender | None = None
    language: str = "en"


def score_of(heard: Heard, wish: Wish, speaker: Speaker | None = None) -> Score:
    """As `transcribed`, the score alone."""
    return transcribed(heard, wish, speaker).score


def transcribed(heard: Heard, wish: Wish, speaker: Speaker | None = None) -> Transcript:
    """The score of a recording.

    The melody is sung where its words are known and somebody can read them, and played where not.

    Args:
        heard: What was heard.
        wish: What is known besides.
        speaker: Who knows how the words sound, in their language.

    Raises:
        InvalidRequest: The title or the style is too long.
    """
    grid = grid_of(heard)
    key = Key(tonic=PitchClass(heard.key.tonic), mode=Mode(heard.key.mode))
    wanted = _brief(heard, wish, grid, key)
    notes = played(heard.melody, grid)
    bare = Score(
        title=wanted.title,
        seed=wish.seed,
        key=key,
        meter=grid.meter,
        tempos=grid.tempos,
        swing=grid.swing,
        sections=tuple(_sections(heard, grid)),
        chords=_chords(heard.chords, grid, key),
        parts=(),
        credits=wanted.credits,
    )
    song = _song(heard, wish, notes, speaker, grid)
    told = replace(bare, vocal=_vocal(song, wanted)) if song else replace(bare, parts=_alone(notes))
    tuned = singable(told, wanted.seed)
    moved = sum(old.pitch != new.pitch for old, new in zip(tune_of(told), tune_of(tuned), strict=False))
    words = len(song.words) if song else 0
    return Transcript(
        score=_banded(tuned, wanted),
        heard=len(heard.melody),
        moved=moved,
        unsung=max(0, len(heard.words) - words),
    )


def _brief(heard: Heard, wish: Wish, grid: Grid, key: Key) -> Brief:
    """The style, in the recording's key, meter and tempo."""
    style = wish.style.strip() or _guessed(grid)
    gender = wish.gender or _gender(heard.melody)
    asked = Request(
        seed=wish.seed,
        title=wish.title,
        style=style.replace("_", " "),
        instrumental=not heard.words,
        gender=gender,
        language=wish.language,
    )
    wanted = brief(asked)
    palette = wanted.style.palette
    if not heard.words:
        leaders = [seat for seat in palette if seat.role is Role.LEAD] or [_LEADER]
        others = [seat for seat in palette if seat.role is not Role.LEAD]
        palette = (*others, replace(leaders[0], probability=1.0))
    bpm = grid.tempos[0].bpm
    own = replace(
        wanted.style,
        tempo=(bpm, bpm),
        bpm=bpm,
        meter=grid.meter,
        swing=grid.swing,
        modes=((key.mode, 1.0),),
        tonic=key.tonic,
        palette=palette,
    )
    return replace(wanted, style=own)


def _guessed(grid: Grid) -> str:
    """The genre that such a tempo and meter are likeliest for."""
    bpm = grid.tempos[0].bpm
    name = next((name for name, meter in METERS.items() if meter == grid.meter), "4/4")

    def misfit(genre: str) -> float:
        entry = vocabulary().genres[genre]
        slow, fast = entry.tempo
        away = max(0.0, math.log2(slow / bpm), math.log2(bpm / fast))
        return away + _OTHER_LILT * abs(entry.swing - grid.swing) + (0.0 if name in entry.meters else _OTHER_METER)

    return min(_PLAIN, key=misfit)


def _gender(melody: Sequence[HeardNote]) -> Gender | None:
    if not melody:
        return None
    return "female" if median(note.pitch for note in melody) >= _FALSETTO else "male"


def _chords(heard: Sequence[HeardChord], grid: Grid, key: Key) -> tuple[Chord, ...]:
    """The chords on the grid's beats, without gaps: each stands till the next one begins."""
    beat = grid.meter.bar // grid.meter.beats
    found: dict[Ticks, Harmony] = {}
    for chord in heard:
        start = grid.tick(chord.start, beat)
        if start < grid.end:
            bass = None if chord.bass is None else PitchClass(chord.bass)
            found[start] = Harmony(root=PitchClass(chord.root), quality=chord.kind.value, bass=bass)
    home = Harmony(root=key.tonic, quality="" if key.mode is Mode.MAJOR else "m")
    starts = sorted(found)
    first = found[starts[0]] if starts else home
    changes = [(Ticks(0), first)]
    for start in starts:
        if found[start] != changes[-1][1]:
            changes.append((start, found[start]))
    ends = [*(start for start, _ in changes[1:]), grid.end]
    return tuple(
        Chord(
            start=Ticks(start),
            length=Ticks(end - start),
            root=harmony.root,
            intervals=tables().qualities[harmony.quality],
            symbol=symbol(harmony, key),
            bass=harmony.bass,
        )
        for (start, harmony), end in zip(changes, ends, strict=True)
        if end > start
    )


def _sections(heard: Heard, grid: Grid) -> Iterator[Section]:
    """The form, on bar lines."""
    firsts: dict[int, int] = {}
    bars = len(grid.lines) - 1
    for number, section in enumerate(heard.sections):
        bar = 0 if not firsts else grid.bar(section.start)
        if bar < bars:
            firsts.setdefault(bar, number)
    places = sorted(firsts) or [0]
    spans = list(pairwise((*places, bars)))
    labels = [heard.sections[firsts[bar]].label if firsts else "A" for bar in places]
    energies = [heard.sections[firsts[bar]].energy if firsts else _LIVELY for bar in places]
    voiced = [_is_voiced(heard, grid, span) for span in spans]
    counts: Counter[SectionKind] = Counter()
    kinds = list(_kinds(labels, energies, voiced))
    for kind, (first, end), energy in zip(kinds, spans, energies, strict=True):
        counts[kind] += 1
        name = kind.value.capitalize() + (f" {counts[kind]}" if kinds.count(kind) > 1 else "")
        yield Section(kind=kind, name=name, first_bar=first, bars=end - first, energy=round(max(0.2, energy), 3))


def _is_voiced(heard: Heard, grid: Grid, span: tuple[int, int]) -> bool:
    start, end = grid.lines[span[0]], grid.lines[span[1]]
    line = heard.words or heard.melody
    sounding = sum(max(0.0, min(end, each.end) - max(start, each.start)) for each in line)
    return sounding > _VOICED * (end - start)


def _kinds(labels: Sequence[str], energies: Sequence[float], voiced: Sequence[bool]) -> Iterator[SectionKind]:
    """The first that is sung is a verse; the label among the others that returns most, then the loudest, the chorus."""
    places = [place for place, is_sung in enumerate(voiced) if is_sung] or list(range(len(labels)))
    verse = labels[places[0]]
    mean = {
        label: sum(energies[place] for place in places if labels[place] == label) / labels.count(label)
        for label in labels
    }
    others = dict.fromkeys(labels[place] for place in places if labels[place] != verse)
    chorus = max(others, key=lambda label: (labels.count(label), mean[label]), default=None)
    for place, label in enumerate(labels):
        if place < places[0]:
            yield SectionKind.INTRO
        elif place > places[-1]:
            yield SectionKind.OUTRO
        elif place not in places:
            yield SectionKind.SOLO if energies[place] >= _LIVELY else SectionKind.INTERLUDE
        elif label == chorus:
            yield SectionKind.CHORUS
        elif label == verse or labels.count(label) > 1:
            yield SectionKind.VERSE
        else:
            yield SectionKind.BRIDGE


def _song(heard: Heard, wish: Wish, notes: Sequence[Note], speaker: Speaker | None, grid: Grid) -> Song | None:
    """What is sung; None where nothing is, or nobody can read it."""
    if speaker is None or not heard.words or not notes:
        return None
    texts: dict[int, list[str]] = {}
    for word in heard.words:
        texts.setdefault(word.line, []).append(word.text)
    lines = [line for line in sound([" ".join(text) for text in texts.values()], wish.language, speaker) if line.words]
    found = sung(notes, heard.words, lines, grid)
    return found if found.notes else None


def _vocal(song: Song, wanted: Brief) -> Vocal:
    """The voice, of somebody who reaches all of it."""
    singer = wanted.singer
    keys = [note.pitch for note in song.notes]
    middle = round(median(keys))
    lowest = max(min(singer.lowest, *keys), middle - _OCTAVE)
    highest = min(max(singer.highest, *keys), middle + _OCTAVE)
    return Vocal(
        language=wanted.language,
        lines=song.lines,
        words=song.words,
        lead=song.notes,
        singer=replace(singer, lowest=Pitch(lowest), highest=Pitch(highest)),
    )


def _alone(notes: Sequence[Note]) -> tuple[Part, ...]:
    """The melody in the hands of whoever leads."""
    return (Part(role=Role.LEAD, instrument=_LEADER.instruments[0][0], notes=tuple(notes)),) if notes else ()


def _banded(score: Score, wanted: Brief) -> Score:
    """The score with a band that plays to its tune."""
    setting = Setting(brief=wanted, key=score.key, meter=score.meter, sections=score.sections, chords=score.chords)
    notes = () if score.vocal else next((part.notes for part in score.parts if part.role is Role.LEAD), ())
    return untangled(linked(replace(score, parts=band_of(setting, score.vocal, notes))))
