"""A song's film: its cover, bars that move as it sounds, and its lyrics in time."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from antiphon.audio.clip import ClipUnusable, decode_stereo
from antiphon.audio.samples import Samples
from antiphon.domain.clips import ClipFault
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.units import Hertz, Seconds
from antiphon.engines.film.export import SOUND_RATE, write_mp4
from antiphon.engines.film.plane import Yuv, yuv
from antiphon.engines.painter.colour import Colour, rgb
from antiphon.engines.sleeve.backdrop import ALONE, BESIDE_LYRICS, SIZE, backdrop
from antiphon.engines.sleeve.loudness import BANDS, Levels, levels
from antiphon.engines.sleeve.lyrics import Look, Lyrics
from antiphon.engines.sleeve.order import FilmOrder

RATE = 12
"""Frames in a second."""

_LONGEST = Seconds(900.0)
_READY = 0.1
"""The share of the work that is done before the first frame."""
_ENCODER = {
    "preset": "superfast",
    "crf": "24",
    "profile": "high",
    "g": str(RATE * 10),
    # Of a picture that mostly stands still, looking a little ahead saves half the bytes; the rest saves a third of the
    # time.
    "x264-params": "rc-lookahead=10:mbtree=1:bframes=0:weightp=0",
    "flags": "+bitexact",
}
_WHITE = Colour("#f6f3ee")
_VIEW = (528, 40, 1216, 532)
"""The lyrics' box."""
_BARS = (64, 556, 1216, 652)
_BAR, _GAP = 10, 6
_LEAST = 3.0
"""How high a bar is at least, from its middle up, in pixels."""
_LINE = (64, 676, 1216, 680)
"""The box of the line that shows how far the song is."""
_TROUGH = 70

Progress = Callable[[float], None]
Ink = tuple[int, int, int]
"""Luma and two of colour."""


def film(order: FilmOrder, file: Path, progress: Progress) -> None:
    """Make a film; the same bytes for the same order and files.

    Args:
        order: What is wanted.
        file: Where to, instead of the order's.
        progress: Told how much is done, 0 to 1.

    Raises:
        InvalidRequest: "unreadable" or "too_long": the cover or the audio cannot be used.
        OSError: A file cannot be read or written.
    """
    progress(0.0)
    sound = _decoded(order.audio)
    count = math.ceil(sound.shape[1] * RATE / SOUND_RATE)
    sounding = levels(sound, Hertz(SOUND_RATE), frames=count, rate=RATE)
    shown = _frames(order, sounding)
    write_mp4(file, _told(shown, count, progress), sound, size=SIZE, rate=RATE, encoder=_ENCODER)
    progress(1.0)


def _decoded(path: Path) -> Samples:
    try:
        return decode_stereo(path.read_bytes(), rate=Hertz(SOUND_RATE), longest=_LONGEST)
    except ClipUnusable as wrong:
        reason = "too_long" if wrong.fault is ClipFault.TOO_LONG else "unreadable"
        raise InvalidRequest(reason, "audio") from wrong


def _told(frames: Iterator[Yuv], count: int, progress: Progress) -> Iterator[Yuv]:
    for number, frame in enumerate(frames, 1):
        yield frame
        progress(_READY + (1 - _READY) * number / count)


def _frames(order: FilmOrder, sounding: Levels) -> Iterator[Yuv]:
    """The frames, one after the other; each is the same picture, with what has changed drawn anew."""
    words = tuple(replace(word, text=" ".join(word.text.split())) for word in order.words if word.text.strip())
    places = BESIDE_LYRICS if words else ALONE
    still = backdrop(order.cover, title=order.wish.title, style=order.wish.style, places=places)
    lyrics = Lyrics(words, size=(_VIEW[2] - _VIEW[0], _VIEW[3] - _VIEW[1])) if words else None
    white, accent = _ink(_WHITE), _ink(still.accent)
    frame = still.frame
    _laid(frame, Image.new("L", _size(_LINE), _TROUGH), _LINE, white)
    empty = frame.copy()
    look: Look | None = None
    for number, heights in enumerate(sounding):
        if lyrics is not None and (seen := lyrics.look(number / RATE)) != look:
            look = seen
            plain, lit = lyrics.shown(look)
            _cleared(frame, empty, _VIEW)
            _laid(frame, plain, _VIEW, white)
            _laid(frame, lit, _VIEW, accent)
        _cleared(frame, empty, _BARS)
        _laid(frame, _bars(heights), _BARS, accent)
        _laid(frame, _line((number + 1) / len(sounding)), _LINE, accent)
        yield frame


def _bars(heights: Levels) -> Any:
    """A bar for each band of a frame, as far up as down; its ends are soft."""
    wide, high = _size(_BARS)
    away = np.abs(np.arange(high, dtype=np.float32) + np.float32(0.5 - high / 2))
    tops = _LEAST + heights * np.float32(high / 2 - _LEAST)
    cover = np.clip(tops[None, :] - away[:, None] + np.float32(0.5), 0, 1) * np.float32(225)
    full = np.zeros((high, BANDS, _BAR + _GAP), np.uint8)
    full[:, :, _GAP // 2 : _GAP // 2 + _BAR] = cover.astype(np.uint8)[:, :, None]
    return Image.fromarray(full.reshape(high, wide))


def _line(share: float) -> Any:
    """The part of the line that is behind us."""
    wide, high = _size(_LINE)
    mask = np.zeros((high, wide), np.uint8)
    mask[:, : max(1, round(wide * share))] = 255
    return Image.fromarray(mask)


def _ink(colour: Colour) -> Ink:
    pixels = np.array([round(255 * part) for part in rgb(colour)], np.uint8)
    y, u, v = (plane.getpixel((0, 0)) for plane in yuv(np.broadcast_to(pixels, (2, 2, 3))))
    return y, u, v


def _laid(frame: Yuv, mask: Any, box: tuple[int, int, int, int], ink: Ink) -> None:
    """Colour a part of a frame, where and as much as its mask says."""
    half = mask.reduce(2)
    frame.y.paste(ink[0], box[:2], mask)
    for plane, value in zip(frame[1:], ink[1:], strict=True):
        plane.paste(value, (box[0] // 2, box[1] // 2), half)


def _cleared(frame: Yuv, empty: Yuv, box: tuple[int, int, int, int]) -> None:
    """Bring back what is under a part of a frame."""
    halved = (box[0] // 2, box[1] // 2, box[2] // 2, box[3] // 2)
    for plane, under, part in zip(frame, empty, (box, halved, halved), strict=True):
        plane.paste(under.crop(part), part[:2])


def _size(box: tuple[int, int, int, int]) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]
