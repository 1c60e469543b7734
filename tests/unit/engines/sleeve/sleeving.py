"""Songs, covers and sounds for tests of sleeves, as small as they can be."""

from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from antiphon.domain.sleeves import SleeveWish
from antiphon.domain.songs import SungWord

RATE = 44_100


def a_wish(title="Road Trips", style="pop, summer", lyrics="We run along the beach", seed=1):
    return SleeveWish(title=title, style=style, lyrics=lyrics, seed=seed)


def said(text, *, line=0, start=0.0, step=0.5):
    """Words one after the other, half a second each."""
    return tuple(
        SungWord(text=word, line=line, start=start + number * step, end=start + (number + 1) * step)
        for number, word in enumerate(text.split())
    )


def a_cover(folder: Path, colour="#b06a30") -> Path:
    path = folder / "cover.jpg"
    Image.new("RGB", (256, 256), colour).save(path)
    return path


def a_sound(folder: Path, seconds=2.0, pitch=440.0) -> Path:
    """A tone, after half a second of silence."""
    path = folder / "song.wav"
    at = np.arange(round(seconds * RATE)) / RATE
    soundfile.write(path, np.where(at < 0.5, 0.0, 0.4 * np.sin(2 * np.pi * pitch * at)), RATE)
    return path
