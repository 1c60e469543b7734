"""The process that listens: it loads the decoders once and forks one confined child for each clip.

A file that breaks its decoder breaks that child, which holds nothing but the file.

Run as `python -m antiphon.engines.ear.listener SOCKET`.
"""

import os
import socket
import sys
from collections.abc import Callable

import numpy as np

from antiphon.audio import wav
from antiphon.audio.clip import ClipUnusable, decode, decode_beginning
from antiphon.audio.likeness import NoSpeech, measure
from antiphon.audio.samples import Samples, to_s16
from antiphon.domain.clips import LONGEST_CLIP, SHORTEST_AUDITION, ClipFault
from antiphon.domain.speech import Likeness
from antiphon.domain.units import Hertz
from antiphon.engines.ear.wire import Kind, pack_answer
from antiphon.kit import cradle, frames
from antiphon.kit.confinement import confine

_RATE = Hertz(16_000)  # All that is measured lies below 4 kHz.
_MEMORY = 640 * 1024**2  # The libraries take 250 MB of it before they have done anything, and a long clip 100.
_SECONDS = 10  # A clip takes one, whatever it is in.


def listen(sock: socket.socket) -> None:
    """Do one clip's work over `sock`, as `wire.py` describes it.

    Raises:
        ConnectionError: The server has closed its end.
    """
    confine(memory=_MEMORY, seconds=_SECONDS)
    asked, clip = frames.receive(sock)
    kind, payload = pack_answer(hear(clip, _beginning if asked == Kind.AUDITION else _whole))
    frames.send(sock, kind, payload)


def _whole(clip: bytes) -> Samples:
    return decode(clip, rate=_RATE, longest=LONGEST_CLIP)


def _beginning(recording: bytes) -> Samples:
    samples = decode_beginning(recording, rate=_RATE, length=LONGEST_CLIP)
    if len(samples) <= SHORTEST_AUDITION * _RATE:
        raise ClipUnusable(ClipFault.TOO_SHORT)
    return samples


def hear(clip: bytes, samples: Callable[[bytes], Samples] = _whole) -> Likeness | ClipFault:
    """What can be measured in a file, or why nothing can."""
    try:
        return measure(samples(clip), _RATE)
    except ClipUnusable as unusable:
        return unusable.fault
    except NoSpeech:
        return ClipFault.NO_SPEECH


def _rehearse() -> None:
    """Hear something once: a confined child can load nothing that is not loaded."""
    time = np.arange(2 * _RATE) / _RATE
    hum = (0.3 * np.sin(2 * np.pi * 110 * time) * (1 + np.sin(2 * np.pi * 4 * time))).astype(np.float32)
    measure(decode(wav.header(_RATE, len(hum)) + to_s16(hum).tobytes(), rate=_RATE, longest=LONGEST_CLIP), _RATE)


def main(control: socket.socket) -> None:
    """Prepare, and fork as told."""
    _rehearse()
    cradle.tend(control, listen)
    os._exit(0)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
