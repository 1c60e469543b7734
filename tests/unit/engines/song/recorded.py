"""Songs as recordings of them are heard."""

from antiphon.domain.heard import (
    INTERVALS,
    ChordKind,
    Heard,
    HeardChord,
    HeardKey,
    HeardNote,
    HeardSection,
    HeardTempo,
    HeardWord,
)
from antiphon.engines.song.check import tune_of
from antiphon.engines.song.score import Mode, SectionKind
from antiphon.engines.song.swing import moment
from antiphon.engines.song.timed import timed

_KINDS = {intervals: kind for kind, intervals in INTERVALS.items()}
_MINOR = frozenset({Mode.MINOR, Mode.HARMONIC_MINOR, Mode.DORIAN, Mode.PHRYGIAN})


def heard_of(score, *, late=0.0):
    """A song as a perfect ear would hear it, which begins at some second."""

    def at(tick):
        return float(moment(tick, score)) + late

    beat = score.meter.bar // score.meter.beats
    return Heard(
        seconds=score.seconds + late + 2.0,
        tempo=HeardTempo(bpm=score.tempos[0].bpm, alternative=score.tempos[0].bpm / 2, steadiness=0.99),
        meter=score.meter.beats,
        beats=tuple(score.second(tick) + late for tick in range(0, score.end, beat)),
        downbeats=tuple(score.second(tick) + late for tick in range(0, score.end, score.meter.bar)),
        key=HeardKey(tonic=score.key.tonic, mode="minor" if score.key.mode in _MINOR else "major", certainty=0.8),
        chords=tuple(
            HeardChord(
                start=score.second(chord.start) + late,
                end=score.second(chord.end) + late,
                root=chord.root,
                kind=_KINDS.get(chord.intervals[:4], _KINDS.get(chord.intervals[:3], ChordKind.MAJOR)),
            )
            for chord in score.chords
        ),
        sections=tuple(
            HeardSection(
                start=score.second(section.first_bar * score.meter.bar) + late,
                end=score.second((section.first_bar + section.bars) * score.meter.bar) + late,
                label="ABCDEFGHIJKL"[list(SectionKind).index(section.kind)],
                energy=section.energy,
            )
            for section in score.sections
        ),
        melody=tuple(
            HeardNote(start=at(note.start), end=at(note.start + note.length), pitch=note.pitch)
            for note in tune_of(score)
        ),
        words=tuple(
            HeardWord(start=word.start + late, end=word.end + late, text=word.text, line=word.line)
            for word in timed(score)
        ),
    )
