"""MP3 and AAC without most of the silence that their encoders put around the sound.

Nothing at the beginning of a growing MP3 or AAC file can say how much of it is padding. (The Info tag of an MP3 can,
but only with the number of frames in it, which is not known yet: without that number FFmpeg 5.1 plays the tag itself
as a frame of sound, and mpg123, in libsndfile 1.2, does not trim.) So instead of describing the padding we leave it
out: packets that hold nothing but silence are not sent, and every decoder hears the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from antiphon.audio.packets import Packets
from antiphon.audio.samples import Samples, silence
from antiphon.domain.units import Seconds

# -60 dB of full scale. What is quieter may lose its fine structure; nobody hears it.
_THRESHOLD = 0.001

# Keeping the whole sound within 60 ms of its length is worth this much of its end, where there is no silence to take.
_MOST_PADDING = Seconds(0.060)
_MOST_LOSS = Seconds(0.0255)
_MOST_SHARE = 1 / 8
_FADE = Seconds(0.004)


@dataclass(frozen=True, slots=True, kw_only=True)
class Padding:
    """What an encoder and its decoder put before the sound, in samples.

    Args:
        delay: Decoded samples before the first that was pushed.
        preroll: How much of `delay` a decoder that starts there needs to get the first sample right.
        fewest: With fewer packets than this, players do not recognise what they are given.
    """

    delay: int
    preroll: int
    fewest: int = 1


class TrimmedEncoder:
    """Encodes with as little padding as the sound allows.

    The sound starts `preroll` late, less the silence it begins with: not at all if that is as long as `preroll`.
    It ends with its last packet, or with the one before where that comes nearer to the true length and costs
    silence only. Where it would still be more than 60 ms too long, a last packet with at most 25 ms of sound (and
    an eighth of all) is left out, and what comes before it faded.

    Args:
        packets: The encoder.
        padding: What it adds.
        frame: Makes of a packet what is sent.
    """

    def __init__(self, packets: Packets, *, padding: Padding, frame: Callable[[bytes], bytes]) -> None:
        self._packets = packets
        self._padding = padding
        self._frame = frame
        self._fade = round(packets.sample_rate * _FADE)
        self._hold = round(packets.sample_rate * _MOST_LOSS) + self._fade
        self._held = silence(0)
        self._begun = False
        self._total = 0
        self._quiet_end = 0
        self._late = 0
        self._drop = 0
        self._made = 0

    def push(self, samples: Samples) -> bytes:
        """Take any number of samples; give what is ready."""
        if not samples.size:
            return b""
        self._note_end(samples)
        self._held = np.concatenate((self._held, samples))
        ready = len(self._held) - self._hold
        if ready < (1 if self._begun else self._padding.preroll):
            return b""
        passing, self._held = self._held[:ready], self._held[ready:]
        return self._encode(passing)

    def finish(self) -> bytes:
        """Give the rest. Nothing may be pushed after."""
        if not self._total:
            return b""
        if not self._begun:
            self._late = self._lateness(self._held)
        wanted, loss = self._ending()
        filled = silence(max(0, self._padding.fewest * self._packets.frame_size - self._total))
        sent = self._encode(np.concatenate((_faded(self._held, loss, self._fade), filled)))
        rest = self._packets.finish()
        return sent + self._send(rest[: max(0, wanted + self._drop - self._made)])

    def _encode(self, samples: Samples) -> bytes:
        if self._begun:
            return self._send(self._packets.push(samples))
        self._begun = True
        self._late = self._lateness(samples)
        surplus = self._padding.delay - self._late
        size = self._packets.frame_size
        self._drop = -(-surplus // size)
        filled = silence(self._drop * size - surplus)
        return self._send(self._packets.push(np.concatenate((filled, samples))))

    def _send(self, packets: list[bytes]) -> bytes:
        first = max(0, self._drop - self._made)
        self._made += len(packets)
        return b"".join(map(self._frame, packets[first:]))

    def _lateness(self, start: Samples) -> int:
        """Say how late the sound must begin, so that what is dropped before it is silence."""
        preroll = self._padding.preroll
        loud = np.flatnonzero(np.abs(start[:preroll]) >= _THRESHOLD)
        return preroll - int(loud[0]) if loud.size else 0

    def _note_end(self, samples: Samples) -> None:
        self._total += len(samples)
        loud = np.flatnonzero(np.abs(samples) >= _THRESHOLD)
        self._quiet_end = len(samples) - 1 - int(loud[-1]) if loud.size else self._quiet_end + len(samples)

    def _ending(self) -> tuple[int, int]:
        """Choose how many packets are sent in all, and say how many samples of sound are lost by that."""
        size, rate, end = self._packets.frame_size, self._packets.sample_rate, self._late + self._total
        fewest = self._padding.fewest
        packets = max(-(-end // size), fewest)
        in_last = end - (packets - 1) * size
        padding = packets * size - self._total
        if packets > fewest and in_last <= self._quiet_end and 2 * padding > size:
            return packets - 1, 0
        most_loss = min(rate * _MOST_LOSS, self._total * _MOST_SHARE)
        if packets > fewest and padding > rate * _MOST_PADDING and in_last <= most_loss:
            return packets - 1, in_last
        return packets, 0


def _faded(samples: Samples, loss: int, length: int) -> Samples:
    """Bring the last `length` samples before the last `loss` down to nothing; without a loss, leave all as it is."""
    if not loss:
        return samples
    end = len(samples) - loss
    gain = np.ones(len(samples), dtype=np.float32)
    gain[end:] = 0
    length = max(0, min(length, end))
    gain[end - length : end] = np.linspace(1, 0, length, dtype=np.float32)
    return samples * gain
