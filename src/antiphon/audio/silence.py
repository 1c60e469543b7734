"""Shorter pauses: any long run of near-silence is cut down to a set length, and times follow."""

from bisect import bisect_right

import numpy as np

from antiphon.audio.samples import Samples, silence
from antiphon.domain.units import Hertz, Milliseconds, Seconds

# -50 dB of full scale: below the breath of a quiet voice, above the rounding of 16-bit silence.
_THRESHOLD = 10 ** (-50 / 20)
_CROSSFADE = Seconds(0.005)
_KEEP = Seconds(0.12)


class SilenceReducer:
    """Shortens every run of near-silence longer than `keep` to `keep`: its middle goes, both ends stay.

    The ends are joined by a short crossfade, so there is no click. What comes out does not depend on how the
    input was cut into pieces. Held back is at most `keep` of sound.

    Args:
        rate: Sample rate of the stream.
        keep: How much of a pause stays, at the beginning and the end of the stream too.
        before_sound: How much of that is its end, and so is held back; None for half of it.
    """

    def __init__(self, rate: Hertz, keep: Seconds = _KEEP, *, before_sound: Seconds | None = None) -> None:
        self._rate = rate
        kept = round(rate * keep)
        self._tail = max(1, round(kept / 2 if before_sound is None else rate * before_sound))
        self._head = max(1, kept - self._tail)
        self._fade = min(self._tail, round(rate * _CROSSFADE))
        self._seen = 0
        self._run = 0
        self._bridge = silence(0)
        self._held = silence(0)
        self._cuts = _Cuts()

    def push(self, samples: Samples) -> Samples:
        """Take any number of samples; give those whose fate is decided."""
        if not samples.size:
            return samples
        # Only runs longer than `keep`, and those that touch an end of the piece, are looked at one by one: a voice
        # crosses zero thousands of times a second.
        loud = np.flatnonzero(np.abs(samples) >= _THRESHOLD)
        if not loud.size:
            return self._quiet(samples)
        first, last = int(loud[0]), int(loud[-1]) + 1
        out = [self._quiet(samples[:first]), self._end_run()]
        at = first
        for gap in np.flatnonzero(np.diff(loud) > self._head + self._tail + 1):
            start, end = int(loud[gap]) + 1, int(loud[gap + 1])
            out += [self._loud(samples[at:start]), self._quiet(samples[start:end]), self._end_run()]
            at = end
        out += [self._loud(samples[at:last]), self._quiet(samples[last:])]
        return np.concatenate(out)

    def finish(self) -> Samples:
        """Give the rest. Nothing may be pushed after."""
        return self._end_run()

    @property
    def settled(self) -> Milliseconds:
        """Up to which old time `moved` gives answers that will not change."""
        open_run = max(0, self._run - self._head)
        return Milliseconds((self._seen - open_run) * 1000 // self._rate)

    def moved(self, at: Milliseconds) -> Milliseconds:
        """Say when, in what comes out, that sounds which was at `at` in what went in.

        Never decreasing in `at`; a time inside a cut is that of the join. Final up to `settled`.
        """
        return Milliseconds(self._cuts.moved(at * self._rate, unit=1000) // self._rate)

    def forget(self, before: Milliseconds) -> None:
        """Promise that `moved` will only be asked for times from `before` on, so that memory stays bounded."""
        self._cuts.forget(before * self._rate // 1000)

    def _loud(self, samples: Samples) -> Samples:
        self._seen += len(samples)
        return samples

    def _quiet(self, samples: Samples) -> Samples:
        """Go on with the open run: its head passes, the rest is held."""
        passing = samples[: max(0, self._head - self._run)]
        self._seen += len(samples)
        self._run += len(samples)
        self._held = np.concatenate((self._held, samples[len(passing) :]))
        if len(self._held) > self._tail:
            if not self._bridge.size:
                self._bridge = self._held[: self._fade].copy()
            self._held = self._held[-self._tail :].copy()
        return passing

    def _end_run(self) -> Samples:
        """Close the open run, if there is one, and give what was held of it."""
        held, bridge = self._held, self._bridge
        surplus = self._run - self._head - self._tail
        if surplus > 0:
            self._cuts.add(self._seen - self._tail - surplus, surplus)
            weight = np.arange(1, len(bridge) + 1, dtype=np.float32) / np.float32(len(bridge) + 1)
            held[: len(bridge)] = bridge + weight * (held[: len(bridge)] - bridge)
        self._run, self._held, self._bridge = 0, silence(0), silence(0)
        return held


class _Cuts:
    """What was taken out: where each cut begins and how much is gone by its end, in input frames."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._gone: list[int] = [0]

    def add(self, start: int, frames: int) -> None:
        self._starts.append(start)
        self._gone.append(self._gone[-1] + frames)

    def moved(self, at: int, *, unit: int) -> int:
        """Map `at`, counted in `unit`ths of a frame."""
        index = bisect_right(self._starts, at // unit)
        if not index:
            return at - self._gone[0] * unit
        before, after = self._gone[index - 1], self._gone[index]
        return max(self._starts[index - 1] * unit - before * unit, at - after * unit)

    def forget(self, before: int) -> None:
        passed = max(0, bisect_right(self._starts, before) - 1)
        del self._starts[:passed]
        del self._gone[:passed]
