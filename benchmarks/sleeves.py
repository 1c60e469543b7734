"""Covers and films of songs: the contact sheet of `docs/explain/pictures.md`, and what they take.

python benchmarks/sleeves.py docs/explain/covers.webp > benchmarks/results/sleeves.md
"""

import asyncio
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from PIL import Image

from antiphon.domain.sleeves import SleeveWish
from antiphon.domain.songs import SungWord
from antiphon.engines.sleeve.maker import LocalSleeveMaker

COLUMNS, WIDTH, GAP = 4, 300, 10
SONGS = (
    ("Road Trips", "pop, summer", "Motel signs are burning bright, any road will do, make the summer last us through"),
    ("Salt on Your Skin", "tropical house, summer", "we run along the beach, the waves come in, sun in your hair"),
    ("Hujan di Jakarta", "ballad, sedih, piano", "Hujan turun di kota, aku menunggu di jalanan, hujan malam ini"),
    ("Midnight Circuit", "synthwave, 80s", "neon lights, the machine is dreaming tonight, electric heart"),
    ("Whispering Pines", "indie folk, acoustic guitar", "the trees are talking, the wolf is walking, leaves fall"),
    ("Iron Throne", "heavy metal, aggressive", "burn it down, blood and fire, the warrior stands in flames"),
    ("Blue Cafe", "smooth jazz, coffee", "a candle, one more cup"),
    ("Silent Orbit", "ambient, space", ""),
    ("Rose Petals", "waltz, romantic", "a rose, a kiss, petals on the floor, will you marry me"),
    ("Let It Snow Tonight", "christmas, jazz", "snow is falling on the cabin, it is christmas again"),
    ("Higher", "uplifting pop, children", "fly, fly, over the clouds, my wings, the sky is mine"),
    ("Feel the Groove", "house, disco", "dance, dance, move your body, party all night"),
)
SONG = ("A song about road trips", "--style", "pop, summer", "--seconds", "120", "--seed", "7")


def spent(what: Awaitable[None]) -> tuple[float, float]:
    """Processor seconds of children, and seconds by the clock."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    asyncio.run(waited(what))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - began


async def waited(what: Awaitable[None]) -> None:
    await what


def covers(sheet: Path, folder: Path) -> None:
    """Make all covers and put them side by side; a row of the table for each."""
    rows = -(-len(SONGS) // COLUMNS)
    board = Image.new("RGB", (COLUMNS * (WIDTH + GAP) + GAP, rows * (WIDTH + GAP) + GAP), "#f4f1ea")
    print("| cover | processor s | wall s | KB |\n|---|---|---|---|")
    for number, (title, style, lyrics) in enumerate(SONGS):
        wish, file = SleeveWish(title=title, style=style, lyrics=lyrics, seed=number), folder / "cover.jpg"
        used, wall = spent(LocalSleeveMaker().cover(wish, file=file))
        picture = Image.open(io.BytesIO(file.read_bytes())).resize((WIDTH, WIDTH), Image.Resampling.LANCZOS)
        row, column = divmod(number, COLUMNS)
        board.paste(picture, (GAP + column * (WIDTH + GAP), GAP + row * (WIDTH + GAP)))
        print(f"| {title} | {used:.2f} | {wall:.2f} | {file.stat().st_size // 1000} |", flush=True)
    board.save(sheet, quality=80, method=6)


def films(folder: Path) -> None:
    """Make a film of a song of two minutes, from either kind of file."""
    song, words = folder / "song.mp3", folder / "words.json"
    sing = [sys.executable, "-m", "antiphon", "sing", *SONG, "-o", str(song), "-o", str(song.with_suffix(".wav"))]
    subprocess.run([*sing, "--timed-lyrics", str(words)], check=True, capture_output=True)
    sung = [
        SungWord(text=each["text"], line=each["line"], start=each["start_s"], end=each["end_s"])
        for each in json.loads(words.read_bytes())["words"]
    ]
    print("\n| film of two minutes | processor s | wall s | peak MiB | KB |\n|---|---|---|---|---|")
    for name, audio, told in (
        ("from MP3, with lyrics", song, sung),
        ("from WAV, with lyrics", song.with_suffix(".wav"), sung),
        ("from MP3, instrumental", song, []),
    ):
        file, wish = folder / "film.mp4", SleeveWish(title="Road Trips", style="pop, summer", lyrics="", seed=7)
        film = LocalSleeveMaker().film(
            wish, cover=folder / "cover.jpg", audio=audio, words=told, file=file, told=lambda _share: None
        )
        used, wall = spent(film)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print(f"| {name} | {used:.1f} | {wall:.1f} | {peak} | {file.stat().st_size // 1000} |", flush=True)


def main() -> None:
    print("# Covers and films of songs, measured\n")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; command: `python benchmarks/sleeves.py`.")
    print("Promised: a cover within 1.2 s of one core, a film of two minutes within 20 s; the start of the process is")
    print("in all figures. The peak is that of the largest process so far, the song's included.\n")
    with tempfile.TemporaryDirectory() as folder:
        covers(Path(sys.argv[1]), Path(folder))
        films(Path(folder))


if __name__ == "__main__":
    main()
