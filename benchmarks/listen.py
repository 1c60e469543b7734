"""Listening: how often it is right, on songs whose scores are known. Prints a table, and writes results/listen.md.

The songs are this program's own, composed, performed and mastered, and heard again from their MP3. They are clean and
even; recordings of people are harder. Give a number to render only so many of them.
"""

import asyncio
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from antiphon.domain.heard import INTERVALS, Heard, Wanted
from antiphon.engines.listen.backend import Listening
from antiphon.engines.song.export import mp3
from antiphon.engines.song.perform import RATE, Musicians, performed
from antiphon.engines.song.request import Request
from antiphon.engines.song.score import Mode, Score
from antiphon.engines.song.sing import EspeakSpeaker
from antiphon.engines.song.studio import created

HERE = Path(__file__).parent
SHORT = (
    *("pop", "rock", "punk", "metal", "folk", "country", "blues", "jazz", "swing", "bossa nova", "reggae", "ska"),
    *("funk", "disco", "soul", "rnb", "hip hop", "trap", "house", "techno", "drum and bass", "ambient", "waltz"),
    *("celtic", "tango", "salsa", "dangdut", "ballad"),
)
LONG = ("pop", "rock", "country", "soul")
"""Of a minute and a quarter, for their sections."""
SHORT_SECONDS, LONG_SECONDS, SEED = 16.0, 75.0, 4000
MINOR = frozenset({Mode.MINOR, Mode.HARMONIC_MINOR, Mode.DORIAN, Mode.PHRYGIAN})
NEAR = 0.07


@dataclass(frozen=True)
class Piece:
    """A song, and what was heard in it."""

    style: str
    score: Score
    heard: Heard
    seconds: float


async def piece(listening: Listening, number: int, style: str, length: float) -> Piece:
    request = Request(
        style=style, seed=SEED + number, description="the sea", seconds=length, instrumental=number % 3 == 2
    )
    score = created(request)
    file = mp3(performed(score, Musicians(speaker=EspeakSpeaker()), lambda _stage, _share: None), RATE)
    begun = time.perf_counter()
    heard = await listening.hear(file, Wanted(melody=False))
    assert isinstance(heard, Heard), heard
    print(f"{style}: {heard.tempo.bpm:.1f} for {score.tempos[0].bpm:g}", file=sys.stderr, flush=True)
    return Piece(style, score, heard, time.perf_counter() - begun)


def tempo(piece: Piece) -> str:
    """A beat of 6/8 is three eighths to some and a quarter to others: both are right."""
    bpm, heard = piece.score.tempos[0].bpm, piece.heard.tempo
    right = (bpm, bpm * 2 / 3) if piece.score.meter.unit == 8 else (bpm,)
    if min(abs(heard.bpm / one - 1) for one in right) <= 0.005:
        return "exact"
    return "octave" if min(abs(heard.alternative / one - 1) for one in right) <= 0.005 else "wrong"


def key(piece: Piece) -> str:
    wanted, heard = piece.score.key, piece.heard.key
    mode = "minor" if wanted.mode in MINOR else "major"
    away = (heard.tonic - wanted.tonic) % 12
    if heard.mode != mode:
        return {0: "parallel", 9 if mode == "major" else 3: "relative"}.get(away, "wrong")
    return {0: "right", 5: "a fifth off", 7: "a fifth off"}.get(away, "wrong")


def chords(piece: Piece) -> tuple[float, float]:
    """The share of time with the right root, and with the right third as well."""
    score = piece.score
    moments = np.arange(0.1, score.seconds, 0.2)
    roots = thirds = 0
    for moment in moments:
        wanted = score.chord_at(score.tick(moment))
        heard = next((one for one in piece.heard.chords if one.start <= moment < one.end), None)
        if heard is not None and heard.root == wanted.root:
            roots += 1
            thirds += {3, 4} & set(INTERVALS[heard.kind]) == {3, 4} & set(wanted.intervals)
    return roots / len(moments), thirds / len(moments)


def found(wanted: Sequence[float], heard: Sequence[float], near: float) -> tuple[float, float]:
    """The share of what is heard that is there, and of what is there that is heard."""

    def share(those: Sequence[float], among: Sequence[float]) -> float:
        return float(np.mean([min((abs(one - other) for other in among), default=9e9) < near for one in those] or [0]))

    return share(heard, wanted), share(wanted, heard)


def bars(piece: Piece) -> tuple[float, float]:
    score = piece.score
    wanted = [score.second(bar * score.meter.bar) for bar in range(score.bars)]
    return found(wanted, [bar for bar in piece.heard.downbeats if bar < score.seconds - NEAR], NEAR)


def sections(piece: Piece) -> tuple[float, float]:
    score = piece.score
    wanted = [score.second(section.first_bar * score.meter.bar) for section in score.sections[1:]]
    return found(wanted, [section.start for section in piece.heard.sections[1:]], 1.0)


def counted(pieces: Sequence[Piece], of: Callable[[Piece], str], right: str) -> list[str]:
    kinds: dict[str, list[str]] = {}
    for one in pieces:
        kinds.setdefault(of(one), []).append(one.style)
    told = [
        f"{kind} {len(styles)}" + ("" if kind == right else f" ({', '.join(styles)})")
        for kind, styles in sorted(kinds.items(), key=lambda kind: -len(kind[1]))
    ]
    return [f"{len(kinds.get(right, []))} of {len(pieces)}", "; ".join(told)]


def pair(values: Sequence[tuple[float, float]]) -> str:
    first, second = np.mean(values, axis=0)
    return f"{first:.2f} and {second:.2f}"


def table(short: Sequence[Piece], long: Sequence[Piece]) -> str:
    exact, told_tempo = counted(short, tempo, "exact")
    wrong = sum(tempo(one) == "wrong" for one in short)
    right, told_key = counted(short, key, "right")
    meters = sum(one.heard.meter == (3 if one.score.meter.beats in {3, 6} else 4) for one in short)
    cost = np.median([one.seconds / one.heard.seconds for one in (*short, *long)])
    rows = (
        ("tempo within 0.5 %", exact, "", told_tempo),
        ("tempo, or its alternative, within 0.5 %", f"{len(short) - wrong} of {len(short)}", "all", ""),
        ("key: tonic, and major or minor", right, "80 %", told_key),
        ("meter, three or four (6/8 is two threes)", f"{meters} of {len(short)}", "", ""),
        ("bars within 70 ms: of those heard, of those there", pair([bars(one) for one in short]), "", ""),
        ("chords, share of the time: root, and third", pair([chords(one) for one in short]), "", ""),
        ("sections within 1 s: of those heard, of those there", pair([sections(one) for one in long]), "", ""),
        ("time to hear a second of sound, without the melody", f"{1000 * cost:.0f} ms", "", ""),
    )
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(("| what | measured | wanted | which |", "|---|---|---|---|", *lines))


async def main(most: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        listening = Listening(cache=Path(folder))
        try:
            begun = time.perf_counter()
            await listening.start()
            first = time.perf_counter() - begun
            short = [await piece(listening, n, style, SHORT_SECONDS) for n, style in enumerate(SHORT[:most])]
            long = [await piece(listening, 100 + n, style, LONG_SECONDS) for n, style in enumerate(LONG[:most])]
        finally:
            await listening.close()
    head = (
        f"# Listening, measured\n\nPython {platform.python_version()}, {platform.system()} {platform.machine()};"
        f" command: `python benchmarks/listen.py`.\n\n{len(short)} songs of {SHORT_SECONDS:g} s in as many styles and"
        f" {len(long)} of {LONG_SECONDS:g} s, composed and performed here, heard from their MP3; two of three are sung."
        f" They are clean and even: recordings of people are harder.\n"
        f"The very first start, which compiles, took {first:.0f} s.\n"
    )
    text = f"{head}\n{table(short, long)}\n"
    print(text)
    (HERE / "results" / "listen.md").write_text(text)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else len(SHORT)))
