"""Songs: how soon, how small, how they sound. Prints a table and writes it to benchmarks/results/song.md."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from antiphon.engines.song.loudness import loudness, lufs, powers, true_peak
from antiphon.engines.song.perform import RATE, Musicians, mixed
from antiphon.engines.song.score import Score
from antiphon.engines.song.sing import EspeakSpeaker
from antiphon.engines.song.written import load
from speech import Row, table

HERE = Path(__file__).parent
WISH = ("An upbeat summer song about road trips", "--style", "pop, summer", "--seed", "3")
STYLES = ("pop", "rock", "jazz", "hip hop", "house", "folk", "metal", "dangdut")


@dataclass(frozen=True)
class Run:
    """What a command took: seconds by the clock and of the processors, and the memory of its largest process."""

    clock: float
    processors: float
    megabytes: float


def sing(folder: str, *arguments: str, cores: Sequence[int] = ()) -> Run:
    command = [sys.executable, "-m", "antiphon", "sing", *arguments]
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, cores) if cores else None,  # noqa: PLW1509 - no thread runs here
    )
    _pid, status, used = os.wait4(process.pid, 0)
    assert status == 0
    return Run(time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def timed(what: str, promise: float, *arguments: str, cores: Sequence[int] = ()) -> tuple[Row, Run]:
    with tempfile.TemporaryDirectory() as folder:
        run = sing(folder, *arguments, cores=cores)
    figure = f"{run.clock:.1f} s (of the processors {run.processors:.1f} s)"
    return Row(what, figure, f"≤ {promise:g} s", run.clock <= promise), run


def speed() -> Iterator[Row]:
    cores = sorted(os.sched_getaffinity(0))
    both = (*WISH, "--seconds", "180", "-o", "a.mp3", "-o", "a.wav")
    two = "three minutes with vocals, two takes, mp3 and wav of each"
    row, run = timed(f"{two}, one core", 30, *both, "--takes", "2", cores=cores[:1])
    yield row
    if len(cores) > 1:
        yield timed(f"{two}, two cores", 18, *both, "--takes", "2", cores=cores[:2])[0]
    yield Row("the same, memory of a take", f"{run.megabytes:.0f} MB", "≤ 500 MB", run.megabytes <= 500)
    with tempfile.TemporaryDirectory() as folder:
        stems = sing(folder, *both, "--stems", "stems", cores=cores[:1])
    yield Row("one take of them with its stems, one core", f"{stems.clock:.1f} s, {stems.megabytes:.0f} MB")
    yield timed("30 seconds, one take, mp3, one core", 3, *WISH, "--seconds", "30", "-o", "a.mp3", cores=cores[:1])[0]


def levels(score: Score) -> tuple[float, float]:
    """How far the stems are from adding up to the mix, and how much louder the voice is than the band; in decibels."""
    stems: dict[str, np.ndarray] = {}
    musicians = Musicians(speaker=EspeakSpeaker())
    mix = mixed(score, musicians, lambda _stage, _share: None, stems.__setitem__)
    rest = np.abs(mix - sum(stems.values())).max() / np.abs(mix).max()
    voice = powers(stems["vocals"], RATE)
    singing = voice > voice.max() * 10**-1.8
    band = powers(sum(sound for name, sound in stems.items() if "vocals" not in name), RATE)
    above = float(lufs(voice[singing].mean()) - lufs(band[singing].mean()))
    return 20 * float(np.log10(max(rest, 1e-9))), above


def tempo_of(path: Path, near: float) -> float | None:
    """Beats a minute as `antiphon listen` hears them, in the octave of `near`; None where it cannot listen."""
    command = [sys.executable, "-m", "antiphon", "listen", "--json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    tempo = json.loads(done.stdout)["tempo"]
    return min((tempo["bpm"], tempo["alternative"]), key=lambda each: abs(each - near))


def sound() -> Iterator[Row]:
    for style in STYLES:
        with tempfile.TemporaryDirectory() as folder:
            wish = ("A song about the sea", "--style", style, "--seed", "3", "--seconds", "45")
            sing(folder, *wish, "-o", "a.wav", "--score", "a.json")
            score = load(Path(folder, "a.json").read_bytes())
            heard = soundfile.read(Path(folder, "a.wav"), dtype="float32")[0].T
            bpm = score.tempos[0].bpm
            tempo = tempo_of(Path(folder, "a.wav"), bpm)
        measured, peak = loudness(heard, RATE), true_peak(heard)
        rest, above = levels(score)
        steady = tempo is None or abs(tempo / bpm - 1) <= 0.005
        heard_tempo = "not listened to" if tempo is None else f"{tempo:.2f} heard"
        yield Row(
            f"{style}: loudness, true peak, stems against the mix, tempo",
            f"{measured:.1f} LUFS, {peak:.1f} dBTP, {rest:.0f} dB, {bpm:.2f} written and {heard_tempo}",
            "-14 ± 1, ≤ -1, ≤ -60, ± 0.5 %",
            abs(measured + 14) <= 1 and peak <= -1 and rest <= -60 and steady,
        )
        yield Row(f"{style}: the voice against the band, while it sings", f"{above:+.1f} dB")


def rows() -> Iterator[Row]:
    yield from speed()
    yield from sound()


if __name__ == "__main__":
    busy = f"Load of the machine before it began: {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores."
    note = f"By the clock, from the start of the process on; no espeak, numpy or file is warmed up for it. {busy}"
    table("Songs, measured", note, rows(), HERE / "results" / "song.md")
