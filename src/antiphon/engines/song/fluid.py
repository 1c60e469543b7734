"""The process that plays one part with a stranger's SoundFont, through FluidSynth, and ends.

It reads a line of JSON from its standard input, `{"library", "frames", "rate", "gain", "program", "drums", "events",
"bytes"}`, then the font; an event is a frame, a key and a velocity, which is 0 where the key goes up. It writes the
left channel, then the right one, as float32. Before it looks at the font it gives up opening anything.

Run as `python -m antiphon.engines.song.fluid`.
"""

import ctypes
import json
import resource
import sys
from collections.abc import Sequence
from ctypes import CFUNCTYPE, c_char_p, c_int, c_longlong, c_void_p
from typing import Any, BinaryIO

from antiphon.kit.confinement import confine

UNREADABLE = 3
"""How it ends where the font is none."""

_ROOM = 1 << 30
_COPIES = 3
_SECONDS = 300
_CHANNEL, _DRUM_CHANNEL = 0, 9
_VOICES = 256
_OK, _FAILED = 0, -1
_FROM_HERE, _FROM_END = 1, 2
_HANDLE = 1
"""Anything but null: there is only one file."""

_Open = CFUNCTYPE(c_void_p, c_char_p)
_Read = CFUNCTYPE(c_int, c_void_p, c_longlong, c_void_p)
_Seek = CFUNCTYPE(c_int, c_void_p, c_longlong, c_int)
_Tell = CFUNCTYPE(c_longlong, c_void_p)
_Close = CFUNCTYPE(c_int, c_void_p)


class FontInvalid(ValueError):
    """FluidSynth does not know what to do with the font."""


class _Memory:
    """A file that FluidSynth reads without opening it."""

    def __init__(self, font: bytes) -> None:
        self._font = font
        self._at = 0
        # Kept here, as FluidSynth holds no reference that Python knows of.
        self.calls = (_Open(self._open), _Read(self._read), _Seek(self._seek), _Tell(self._tell), _Close(self._close))

    def _open(self, _name: bytes | None) -> int:
        self._at = 0
        return _HANDLE

    def _read(self, target: int | None, count: int, _handle: int | None) -> int:
        if target is None or not 0 <= count <= len(self._font) - self._at:
            return _FAILED
        ctypes.memmove(target, self._font[self._at : self._at + count], count)
        self._at += count
        return _OK

    def _seek(self, _handle: int | None, offset: int, origin: int) -> int:
        at = offset + {_FROM_HERE: self._at, _FROM_END: len(self._font)}.get(origin, 0)
        if not 0 <= at <= len(self._font):
            return _FAILED
        self._at = at
        return _OK

    def _tell(self, _handle: int | None) -> int:
        return self._at

    def _close(self, _handle: int | None) -> int:
        return _OK


class _Player:
    """FluidSynth with one font, without its own room."""

    def __init__(self, library: str, *, rate: int, gain: float) -> None:
        self._lib: Any = ctypes.CDLL(library)
        for name in ("new_fluid_settings", "new_fluid_synth", "new_fluid_defsfloader"):
            getattr(self._lib, name).restype = c_void_p
        settings = c_void_p(self._lib.new_fluid_settings())
        numbers = {b"synth.sample-rate": float(rate), b"synth.gain": gain}
        whole = {b"synth.reverb.active": 0, b"synth.chorus.active": 0, b"synth.polyphony": _VOICES}
        for key, number in numbers.items():
            self._lib.fluid_settings_setnum(settings, key, ctypes.c_double(number))
        for key, count in whole.items():
            self._lib.fluid_settings_setint(settings, key, count)
        self._settings = settings
        self._synth = c_void_p(self._lib.new_fluid_synth(settings))

    def load(self, font: bytes) -> None:
        """Take the font.

        Raises:
            FontInvalid: It is none.
        """
        self._memory = _Memory(font)
        loader = c_void_p(self._lib.new_fluid_defsfloader(self._settings))
        self._lib.fluid_sfloader_set_callbacks(loader, *self._memory.calls)
        self._lib.fluid_synth_add_sfloader(self._synth, loader)
        if self._lib.fluid_synth_sfload(self._synth, b"font", 1) == _FAILED:
            raise FontInvalid

    def play(
        self, channel: int, *, program: int, frames: int, events: Sequence[Sequence[int]]
    ) -> tuple["ctypes.Array[ctypes.c_float]", "ctypes.Array[ctypes.c_float]"]:
        """Left and right of a part."""
        sides = ((ctypes.c_float * frames)(), (ctypes.c_float * frames)())
        self._lib.fluid_synth_program_change(self._synth, channel, program)
        at = 0
        for frame, key, velocity in [*events, (frames, 0, 0)]:
            until = min(frame, frames)
            if until > at:
                self._lib.fluid_synth_write_float(self._synth, until - at, sides[0], at, 1, sides[1], at, 1)
                at = until
            if velocity:
                self._lib.fluid_synth_noteon(self._synth, channel, key, velocity)
            else:
                self._lib.fluid_synth_noteoff(self._synth, channel, key)
        return sides


def _allowed(kind: int, wanted: int) -> int:
    """What of a bound may be had, as who started this process may have less themselves."""
    _soft, hard = resource.getrlimit(kind)
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def perform(request: BinaryIO, reply: BinaryIO) -> None:
    """Answer the one request.

    Raises:
        FontInvalid: The font is none.
    """
    asked = json.loads(request.readline())
    font = request.read(asked["bytes"])
    player = _Player(asked["library"], rate=asked["rate"], gain=asked["gain"])
    confine(
        memory=_allowed(resource.RLIMIT_AS, _ROOM + _COPIES * len(font)),
        seconds=_allowed(resource.RLIMIT_CPU, _SECONDS),
    )
    player.load(font)
    channel = _DRUM_CHANNEL if asked["drums"] else _CHANNEL
    reply.writelines(player.play(channel, program=asked["program"], frames=asked["frames"], events=asked["events"]))
    reply.flush()


if __name__ == "__main__":
    try:
        perform(sys.stdin.buffer, sys.stdout.buffer)
    except FontInvalid:
        sys.exit(UNREADABLE)
