"""When strings of one chord begin: a hand goes over them, and cannot be everywhere at once."""

from collections import defaultdict
from collections.abc import Sequence

from antiphon.engines.song.score import Note, Score, Ticks
from antiphon.engines.song.swing import moment

_SOFT, _HARD = 1.5, 0.7
"""How much slower the softest strum is, and the hardest."""
_BEFORE = 0.35
"""Of the way over the strings so much comes before the beat, or strums would sound late."""
_FULL = 127


def begun(notes: Sequence[Note], score: Score, rate: int, *, strum: float) -> list[int]:
    """The frame at which each note begins.

    Args:
        notes: Of one part.
        score: When they are.
        rate: Samples a second.
        strum: Seconds from string to string; 0 for instruments that strike all keys at once.
    """
    frames = [round(moment(note.start, score) * rate) for note in notes]
    if not strum:
        return frames
    chords = defaultdict[Ticks, list[int]](list)
    for place, note in enumerate(notes):
        chords[note.start].append(place)
    widest = max(map(len, chords.values()), default=1)
    for strings in chords.values():
        # The upward stroke is the one that leaves out the lower strings.
        upward = len(strings) < widest
        ordered = sorted(strings, key=lambda place: notes[place].pitch, reverse=upward)
        force = max(notes[place].velocity for place in strings) / _FULL
        step = strum * rate * (_SOFT + (_HARD - _SOFT) * force)
        for number, place in enumerate(ordered):
            frames[place] = max(0, frames[place] + round(step * (number - _BEFORE * (len(strings) - 1))))
    return frames
