"""Draws the pictures of docs/explain/songs.md: a song's spectrogram, and its notes.

    antiphon sing "An upbeat summer song about road trips" --style "pop, summer" --seconds 60 --seed 7 \
        -o song.wav --score song.json
    python benchmarks/song_pictures.py song.wav song.json docs/explain

Needs pillow.
"""

import sys
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image, ImageDraw, ImageFont

from antiphon.engines.song.score import Role, Score, Ticks
from antiphon.engines.song.written import load

WIDTH, HEIGHT = 1_000, 420
LEFT, TOP, BOTTOM, RIGHT = 56, 30, 40, 12
INSIDE = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM)
LOWEST, HIGHEST = 40.0, 16_000.0
LOUDEST, RANGE = 0.0, 80.0
LOWEST_KEY, HIGHEST_KEY = 28, 88
UNPITCHED = {Role.DRUMS, Role.PERCUSSION, Role.EFFECTS}
COLOURS = ("#4c78a8", "#72b7b2", "#54a24b", "#eeca3b", "#b279a2", "#9d755d", "#bab0ac", "#f58518")
VOICE = "#e45756"
INK, PAPER = "#222222", "#ffffff"


def spectrogram(path: Path) -> Image.Image:
    """Loudness by time and frequency, of both channels together."""
    sound, rate = soundfile.read(path, dtype="float32")
    mono, size = sound.mean(axis=1), 4_096
    starts = np.linspace(0, len(mono) - size, INSIDE[0]).astype(int)
    frames = np.stack([mono[start : start + size] for start in starts]) * np.hanning(size)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    edges = np.geomspace(LOWEST, HIGHEST, INSIDE[1] + 1) * size / rate
    places = np.clip(((edges[:-1] + edges[1:]) / 2).round().astype(int), 1, power.shape[1] - 1)
    levels = 10 * np.log10(power[:, places] + 1e-12)
    shares = np.clip((levels - levels.max() + RANGE) / RANGE, 0, 1).T[::-1]
    colours = np.stack([np.interp(shares, (0, 0.5, 0.8, 1), stops) for stops in zip(*STOPS, strict=True)], axis=-1)
    picture = page("Spectrogram", seconds=len(mono) / rate)
    picture.paste(Image.fromarray(colours.astype(np.uint8)), (LEFT, TOP))
    for frequency, name in ((50, "50 Hz"), (200, "200"), (1_000, "1 kHz"), (4_000, "4"), (16_000, "16")):
        share = np.log(frequency / LOWEST) / np.log(HIGHEST / LOWEST)
        label(picture, (LEFT - 4, TOP + INSIDE[1] * (1 - share)), name, anchor="rm")
    return picture.quantize(40, dither=Image.Dither.NONE)


STOPS = ((16, 12, 40), (90, 30, 110), (230, 110, 60), (255, 250, 200))


def notes(score: Score) -> Image.Image:
    """Who plays and sings what when; drums are a row of their own below."""
    picture = page("Notes: the voice in red, drums at the bottom", seconds=score.seconds)
    draw = ImageDraw.Draw(picture)
    tall = (INSIDE[1] - 40) / (HIGHEST_KEY - LOWEST_KEY)

    def across(tick: int) -> float:
        return LEFT + INSIDE[0] * score.second(Ticks(tick)) / score.seconds

    for section in score.sections:
        at = across(section.first_bar * score.meter.bar)
        draw.line((at, TOP, at, TOP + INSIDE[1]), fill="#cccccc")
        label(picture, (at + 3, TOP + 8), section.name, anchor="lm")
    for number, part in enumerate(score.parts):
        for note in part.notes:
            start, end = across(note.start), across(note.start + note.length)
            if part.role in UNPITCHED:
                draw.line(
                    (
                        start,
                        HEIGHT - BOTTOM - 4 - note.pitch % 12 * 2,
                        start + 1,
                        HEIGHT - BOTTOM - 4 - note.pitch % 12 * 2,
                    ),
                    INK,
                )
            else:
                down = TOP + 14 + (HIGHEST_KEY - note.pitch) * tall
                draw.rectangle((start, down, max(start + 1, end - 1), down + tall - 1), COLOURS[number % len(COLOURS)])
    for sung in score.vocal.lead if score.vocal else ():
        down = TOP + 14 + (HIGHEST_KEY - sung.pitch) * tall
        draw.rectangle((across(sung.start), down - 1, across(sung.start + sung.length) - 1, down + tall), VOICE)
    for key, name in ((36, "C2"), (48, "C3"), (60, "C4"), (72, "C5"), (84, "C6")):
        label(picture, (LEFT - 4, TOP + 14 + (HIGHEST_KEY - key) * tall), name, anchor="rm")
    return picture.quantize(32)


def page(title: str, *, seconds: float) -> Image.Image:
    """Paper with a title and seconds below."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    label(picture, (LEFT, TOP / 2), title, anchor="lm")
    for second in range(0, int(seconds) + 1, 10):
        label(picture, (LEFT + INSIDE[0] * second / seconds, HEIGHT - BOTTOM + 12), f"{second} s", anchor="mm")
    return picture


def label(picture: Image.Image, at: tuple[float, float], text: str, *, anchor: str) -> None:
    ImageDraw.Draw(picture).text(at, text, fill=INK, font=ImageFont.load_default(13), anchor=anchor)


if __name__ == "__main__":
    sound, score, folder = map(Path, sys.argv[1:])
    spectrogram(sound).save(folder / "song-spectrogram.png", optimize=True)
    notes(load(score.read_bytes())).save(folder / "song-notes.png", optimize=True)
