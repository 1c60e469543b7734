"""What is heard of songs whose scores are known: the voice taken out of the mix, its notes, its words, the new score.

    python benchmarks/hearing.py [pop rock ...] --seconds 30

A note is right where its onset is within 50 ms (and, in the next column, 100 ms) and its pitch within 50 cents of one
of the score's, each counted once, as MIREX counts them; its end does not count. A word's time is that of its first
vowel. SDR is the plain one: the power of the true stem beside that of all that the estimate has too much or too little;
its improvement is against the mix taken for the stem.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.domain.heard import HeardNote, Wanted
from antiphon.engines.listen import align, lead, separate
from antiphon.engines.listen.hear import Reading, hear
from antiphon.engines.song.bargrid import grid_of
from antiphon.engines.song.check import faults
from antiphon.engines.song.master import mastered
from antiphon.engines.song.perform import RATE, Musicians, mixed
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import Score
from antiphon.engines.song.sing import EspeakSpeaker
from antiphon.engines.song.studio import created, reader
from antiphon.engines.song.swing import moment
from antiphon.engines.song.timed import timed
from antiphon.engines.song.transcribed import Wish, transcribed

STYLES = ("pop", "rock", "hip hop", "house", "ballad", "jazz", "folk", "country", "rnb", "metal", "reggae", "lofi")


@dataclass(frozen=True)
class Piece:
    """A song and its true stems."""

    name: str
    score: Score
    stems: dict[str, Samples]
    mix: Samples

    def stem(self, *beginnings: str) -> Samples:
        found = [sound for name, sound in self.stems.items() if name.startswith(beginnings)]
        return np.sum(found, axis=0) if found else np.zeros_like(self.mix)

    @property
    def text(self) -> str:
        lines = self.score.vocal.lines if self.score.vocal else ()
        return "\n".join(lines)


class Nobody:
    """Is told, and forgets."""

    def begun(self, stage: str) -> None: ...

    def stem(self, name: str, sound: Samples) -> None: ...


def pieces(styles: tuple[str, ...], seconds: float) -> Iterator[Piece]:
    for number, style in enumerate(styles):
        gender = ("female", "male")[number % 2]
        asked = Request(seed=number, style=style, description="a song about the sea", gender=gender, seconds=seconds)
        score = created(asked)
        stems: dict[str, Samples] = {}
        mix = mixed(score, Musicians(speaker=EspeakSpeaker()), lambda _stage, _share: None, stems.__setitem__)
        yield Piece(name=f"{style} ({gender[0]})", score=score, stems=stems, mix=mix)


def improvement(found: Samples, truth: Samples, mix: Samples) -> float:
    """In decibels."""
    if not truth.any():
        return float("nan")
    before, after = (float(np.square(each - truth).sum()) for each in (mix, found))
    return 10 * np.log10(before / after)


def melody_f1(found: tuple[HeardNote, ...], score: Score, within: float) -> float:
    wanted = [(float(moment(note.start, score)), note.pitch) for note in score.vocal.lead] if score.vocal else []
    free, right = list(found), 0
    for start, pitch in wanted:
        able = [
            note
            for note in free
            if abs(note.start - start) <= within and abs(note.pitch + note.cents / 100 - pitch) <= 0.5
        ]
        if able:
            free.remove(min(able, key=lambda note: abs(note.start - start)))
            right += 1
    return 2 * right / max(1, len(found) + len(wanted))


def lateness(piece: Piece, voice: Samples) -> np.ndarray:
    """In milliseconds, of each word."""
    found = align.words(voice, RATE, piece.text, "en")
    truth = timed(piece.score)
    assert [word.text for word in found] == [word.text for word in truth]
    return 1000 * np.array([one.start - other.start for one, other in zip(found, truth, strict=True)])


def chords_right(piece: Piece, score: Score, origin: float) -> float:
    """The share of the time in which the root is right."""
    moments = np.arange(0.25, min(score.seconds, piece.score.seconds) - abs(origin), 0.25)
    roots = [
        (score.chord_at(score.tick(at)).root, piece.score.chord_at(piece.score.tick(at + origin)).root)
        for at in moments
    ]
    return sum(one == other for one, other in roots) / len(roots)


def clocked(work: Callable[[], object], seconds: float) -> tuple[object, float]:
    """What work gives, and its processor time as a share of the music's."""
    begun = time.process_time()
    done = work()
    return done, (time.process_time() - begun) / seconds


def row(piece: Piece) -> list[float]:
    seconds = piece.mix.shape[1] / RATE
    parts, pace = clocked(lambda: separate.apart(piece.mix, RATE), seconds)
    assert isinstance(parts, separate.Apart)
    final = mastered(piece.mix.copy(), RATE, level=piece.score.master)
    alone = piece.stem("vocals").mean(axis=0)
    voice, _ = separate.vocals(final, RATE)
    near, far = (lead.notes(sound, RATE) for sound in (alone, voice.mean(axis=0)))
    late, late_in_mix = lateness(piece, alone), lateness(piece, voice.mean(axis=0))
    heard = hear(final, Wanted(), Reading(), Nobody())
    with reader("en") as speaker:
        words = align.words(alone, RATE, piece.text, "en")
        song = transcribed(replace(heard, words=words), Wish(title="", seed=1, style="pop"), speaker)
    return [
        improvement(parts.vocals, piece.stem("vocals", "backing"), piece.mix),
        improvement(parts.drums, piece.stem("drums", "percussion"), piece.mix),
        improvement(parts.bass, piece.stem("bass"), piece.mix),
        pace,
        melody_f1(near, piece.score, 0.05),
        melody_f1(near, piece.score, 0.1),
        melody_f1(far, piece.score, 0.05),
        melody_f1(far, piece.score, 0.1),
        float(np.median(np.abs(late))),
        float(np.percentile(np.abs(late), 90)),
        float(np.median(np.abs(late_in_mix))),
        chords_right(piece, song.score, grid_of(heard).lines[0]),
        len(faults(song.score)),
    ]


HEADS = (
    *("vocals dB", "drums dB", "bass dB", "x real time"),
    *("stem F1 50", "100 ms", "mix F1 50", "100 ms"),
    *("words ms", "p90", "in mix ms", "chords", "faults"),
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("styles", nargs="*", default=STYLES)
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args()
    print(f"| piece | {' | '.join(HEADS)} |\n|---|{'---|' * len(HEADS)}")
    rows = []
    for piece in pieces(tuple(asked.styles), asked.seconds):
        rows.append(row(piece))
        print(f"| {piece.name} | {' | '.join(f'{value:.2f}' for value in rows[-1])} |", flush=True)
    print(f"| median | {' | '.join(f'{value:.2f}' for value in np.nanmedian(rows, axis=0))} |")


if __name__ == "__main__":
    main()
