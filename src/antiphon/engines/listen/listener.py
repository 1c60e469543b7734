"""The process that listens: it loads librosa once and forks one confined child for each file.

A file that breaks its decoder breaks that child, which holds nothing but the file.

Run as `python -m antiphon.engines.listen.listener SOCKET`, with `NUMBA_CACHE_DIR` set to a folder that stays: what
librosa compiles at its very first start, in half a minute, is kept there.
"""

import os
import socket
import sys

import numpy as np

from antiphon.audio import wav
from antiphon.audio.samples import Samples, to_s16
from antiphon.domain.heard import Heard, HearingFault, Wanted
from antiphon.domain.ports import COPY
from antiphon.engines.listen.beats import tracked
from antiphon.engines.listen.decode import RATE, decoded
from antiphon.engines.listen.hear import Reading, hear, read
from antiphon.engines.listen.spectra import FLUX_HOP
from antiphon.engines.listen.wire import Kind, pack_answer, pack_sound, pieces, unpack_wanted
from antiphon.engines.song.export import mp3
from antiphon.kit import cradle, frames
from antiphon.kit.confinement import confine

_MEMORY = 4 * 1024**3  # The libraries take 800 MB of it before they have done anything, and eight minutes 2 GB.
_SECONDS = 400  # Eight minutes of sound, taken apart, take two minutes.
_REHEARSED = 6.0
_PIECE = 1 << 18
"""Frames at once: one megabyte."""


def listen(sock: socket.socket) -> None:
    """Do one file's work over `sock`, as `wire.py` describes it.

    Raises:
        ConnectionError: The server has closed its end.
    """
    _, payload = frames.receive(sock)
    wanted = unpack_wanted(payload)
    reading = read(wanted)
    confine(memory=_MEMORY, seconds=_SECONDS)
    file = bytearray()
    while (message := frames.receive(sock))[0] == Kind.PIECE:
        file += message[1]
    kind, payload = pack_answer(_heard(bytes(file), wanted, reading, _Line(sock)))
    frames.send(sock, kind, payload)


def _heard(file: bytes, wanted: Wanted, reading: Reading, line: "_Line") -> Heard | HearingFault:
    stereo = decoded(file)
    if isinstance(stereo, HearingFault):
        return stereo
    if wanted.copy:
        line.copy(stereo)
    return hear(stereo, wanted, reading, line)


class _Line:
    """Tells the server how far it is."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def begun(self, stage: str) -> None:
        """Tell of a stage."""
        frames.send(self._sock, Kind.STAGE, stage.encode())

    def stem(self, name: str, sound: Samples) -> None:
        """Send a stem, in pieces."""
        for start in range(0, sound.shape[1], _PIECE):
            part = to_s16(sound[:, start : start + _PIECE])
            frames.send(self._sock, Kind.SOUND, pack_sound(name, part.T.astype("<i2").tobytes()))

    def copy(self, sound: Samples) -> None:
        """Send the recording as MP3, in pieces."""
        self.begun(COPY)
        for piece in pieces(mp3(sound, RATE)):
            frames.send(self._sock, Kind.SOUND, pack_sound(COPY, piece))


class _Nobody:
    """Is told of a rehearsal."""

    def begun(self, stage: str) -> None:
        """Say nothing."""

    def stem(self, name: str, sound: Samples) -> None:
        """Keep nothing."""


def _rehearse() -> None:
    """Hear something once: a confined child can load and compile nothing."""
    time = np.arange(round(_REHEARSED * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * pitch * time) for pitch in (220.0, 277.2, 329.6)) * np.exp(-5 * (time % 0.5)) / 4
    mono = np.asarray(chord, np.float32)
    decoded(wav.header(RATE, len(mono)) + to_s16(mono).tobytes())
    mp3(np.stack([mono, mono]), RATE)
    wanted = Wanted(lyrics="One and two", stems=4)
    hear(np.stack([mono, mono]), wanted, read(wanted), _Nobody())
    tracked(np.maximum(0, np.sin(4 * np.pi * time[::FLUX_HOP])), 120.0)  # Such an even performance did not need it.


def main(control: socket.socket) -> None:
    """Prepare, and fork as told."""
    _rehearse()
    cradle.tend(control, listen, memory=_MEMORY)
    os._exit(0)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
