"""What tells genres apart when they are heard: tempo, groove, band and chords, over several songs of each."""

import functools
import math
from collections import Counter
from itertools import combinations
from statistics import fmean

from antiphon.engines.song.score import TICKS, Role
from unit.engines.song.whole import GENRES, SEEDS, of_genre

KICK, SNARE, HAT = "kick", "snare", "hat"
DRUMS = {
    **dict.fromkeys((35, 36), KICK),
    **dict.fromkeys((37, 38, 39, 40), SNARE),
    **dict.fromkeys((42, 44, 46, 51, 53, 59), HAT),
}
SIXTEENTH = TICKS // 4


def shares(counted):
    """Of things counted, how often each is there."""
    found = Counter(counted)
    return {thing: count / found.total() for thing, count in found.items()}


def apart(one, other):
    """How far two distributions are apart, 0 (alike) to 1 (nothing in common)."""
    return sum(abs(one.get(thing, 0.0) - other.get(thing, 0.0)) for thing in one.keys() | other.keys()) / 2


def groove(scores):
    """Who strikes when in the bar, drums by their kind, other instruments by their role."""
    return shares(
        (DRUMS.get(note.pitch, note.pitch) if part.role is Role.DRUMS else part.role, at, round(score.swing, 1))
        for score in scores
        for part in score.parts
        if part.role in {Role.DRUMS, Role.PERCUSSION, Role.BASS, Role.RHYTHM, Role.CHORDS}
        for note in part.notes
        for at in [note.start % score.meter.bar // SIXTEENTH]
    )


def band(scores):
    return shares(part.instrument for score in scores for part in score.parts if part.notes)


def chords(scores):
    """Kinds of chords, and on which degree of the key."""
    return shares(((chord.root - score.key.tonic) % 12, chord.intervals) for score in scores for chord in score.chords)


def tempo(scores):
    return fmean(math.log2(score.tempos[0].bpm) for score in scores)


@functools.cache
def heard(genre, seeds=SEEDS):
    scores = [of_genre(genre, seed=seed) for seed in seeds]
    return tempo(scores), groove(scores), band(scores), chords(scores)


def differences(one, other):
    """In tempo (octaves), groove, band and chords."""
    (fast, *shapes), (faster, *others) = one, other
    return (abs(fast - faster), *(apart(first, second) for first, second in zip(shapes, others, strict=True)))


def test_no_two_genres_have_the_same_groove_band_or_chords():
    for one, other in combinations(GENRES, 2):
        _tempo, *others = differences(heard(one), heard(other))
        assert min(others) > 0.15, (one, other)


def test_no_two_genres_are_near_each_other():
    nearest = min((sum(differences(heard(one), heard(other))), one, other) for one, other in combinations(GENRES, 2))
    assert nearest[0] > 1.2, nearest


def test_genres_are_known_by_their_songs():
    """Of nearly every two songs of a genre, three others of it are nearest to them."""
    known = [
        min(GENRES, key=lambda other: sum(differences(heard(other, SEEDS[:3]), heard(genre, SEEDS[3:])))) == genre
        for genre in GENRES
    ]
    assert sum(known) >= len(GENRES) - 2


def test_genres_have_tempos_of_their_own():
    tempos = {genre: heard(genre)[0] for genre in GENRES}
    assert max(tempos.values()) - min(tempos.values()) > 1.3
    assert tempos["drum_and_bass"] > tempos["house"] > tempos["pop"] > tempos["lofi"]
    for genre in GENRES:
        bpms = [of_genre(genre, seed=seed).tempos[0].bpm for seed in SEEDS]
        assert max(bpms) / min(bpms) < 1.5


def test_another_seed_is_another_song():
    for genre in GENRES:
        tunes = {tuple((note.start, note.pitch) for note in of_genre(genre, seed=seed).vocal.lead) for seed in SEEDS}
        assert len(tunes) == len(SEEDS)
