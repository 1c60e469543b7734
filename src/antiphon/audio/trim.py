"""MP3 and AAC without most of the silence that their encoders put around the sound.

Nothing at the beginning of a growing MP3 or AAC file can say how much of it is padding. (The Info tag of an MP3 can, but
only with the number of frames in it, which is not known yet: without that number FFmpeg 5.1 plays the tag itself as
a frame of sound, and mpg123, in libsndfile 1.2, does not trim.) So instead of describing the padding we leave it
out: packets that hold nothing but silence are not sent, and every decoder hears the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from antiphon.audio.packets import Packets
from antiphon.audio.samples import Samples, silence

# -60 dB of full scale. What is quieter may lose its fine structure; nobody hears it.
_THRESHOLD = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Padding:
    """What an encoder and its decoder put before the sound, in samples.

    Args:
        delay: Decoded samples before the first that was pushed.
        preroll: How much of `delay` a decoder that starts there needs to get the first sample right.
    """

    delay: int
    preroll: int


class TrimmedEncoder:
    """Encodes with as little padding as the sound allows.

    The sound starts `preroll` late, less the silence it begins with: not at all if that is as long as `preroll`.
    The end is that of the last packet that has sound in it, or silence up to the nearest whole packet.

    Args:
        packets: The encoder.
        padding: What it adds.
        frame: Makes of a packet what is sent.
    """

    def __init__(self, packets: Packets, *, padding: Padding, frame: Callable[[bytes], bytes]) -> None:
        self._packets = packets
        self._padding = padding
        self._frame = frame
        self._start = silence(0)
        self._begun = False
        self._total = 0
        self._quiet_end = 0
        self._late = 0
        self._drop = 0
        self._sent = 0

    def push(self, samples: Samples) -> bytes:
        """Take any number of samples; give what is ready."""
        if not samples.size:
            return b""
        self._note_end(samples)
        if self._begun:
            return self._send(self._packets.push(samples))
        self._start = np.concatenate((self._start, samples))
        return self._begin() if len(self._start) >= self._padding.preroll else b""

    def finish(self) -> bytes:
        """Give the rest. Nothing may be pushed after."""
        begun = b"" if self._begun else self._begin()
        rest = self._packets.finish()
        return begun + self._send(rest[: max(0, self._wanted() + self._drop - self._sent)])

    def _begin(self) -> bytes:
        """Decide from its first `preroll` samples how late the sound may start."""
        start, self._start, self._begun = self._start, silence(0), True
        preroll = self._padding.preroll
        loud = np.flatnonzero(np.abs(start[:preroll]) >= _THRESHOLD)
        self._late = preroll - (int(loud[0]) if loud.size else preroll)
        surplus = self._padding.delay - self._late
        size = self._packets.frame_size
        self._drop = -(-surplus // size)
        filled = silence(self._drop * size - surplus)
        return self._send(self._packets.push(np.concatenate((filled, start))))

    def _send(self, packets: list[bytes]) -> bytes:
        first = max(0, self._drop - self._sent)
        self._sent += len(packets)
        return b"".join(map(self._frame, packets[first:]))

    def _note_end(self, samples: Samples) -> None:
        self._total += len(samples)
        loud = np.flatnonzero(np.abs(samples) >= _THRESHOLD)
        self._quiet_end = len(samples) - 1 - int(loud[-1]) if loud.size else self._quiet_end + len(samples)

    def _wanted(self) -> int:
        """Packets from the first that is sent to the last that is needed."""
        size, end = self._packets.frame_size, self._late + self._total
        whole = -(-end // size)
        surplus = whole * size - self._total
        spare = end - (whole - 1) * size <= self._quiet_end and 2 * surplus > size
        return max(1, whole - spare)
