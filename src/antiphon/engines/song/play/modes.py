"""Bodies that ring: sums of sines that die away, thousands of them at the price of a product of matrices.

A dying sine is a power series, z to the n; written n = B k + j, every block of B frames is the first one times
z to the B k. So all blocks of all sines are one matrix of powers by another.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.engines.song.play.sound import Stereo

_BLOCK = 128
_TOGETHER = 128
"""Modes that are summed in one product."""
_ALONE = 1 << 18
"""Multiplications that OpenBLAS leaves to one thread (65,536 times its GEMM_MULTITHREAD_THRESHOLD of 4)."""
_INAUDIBLE = 9.2
"""Nepers that are 80 dB: a mode is computed no further."""
_TOP = 0.46
"""Of the sample rate: nothing rings above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """What rings. All arrays have one number for each mode.

    Args:
        frequencies: In hertz.
        amplitudes: At the beginning, shape (modes,) or, for two sides, (2, modes).
        decays: In nepers a second: 6.9 is 60 dB.
        phases: Of a cycle, 0 a sine.
    """

    frequencies: NDArray[np.float64]
    amplitudes: NDArray[np.float64]
    decays: NDArray[np.float64]
    phases: NDArray[np.float64] | None = None


def ring(modes: Modes, frames: int, rate: int) -> Stereo:
    """How the modes sound, from the stroke on.

    Returns:
        Shape (1 or 2, frames), or shorter where all has died away.
    """
    amplitudes = np.atleast_2d(modes.amplitudes)
    phases = np.zeros_like(modes.frequencies) if modes.phases is None else modes.phases
    loudest = np.abs(amplitudes).max(axis=0, initial=0.0)
    heard = (modes.frequencies < _TOP * rate) & (loudest > 1e-5 * loudest.max(initial=1e-9))
    # What is weak or dies soon need not be computed to the end: modes go by how many blocks they last.
    nepers = _INAUDIBLE + np.log(np.maximum(loudest, 1e-12) / loudest.max(initial=1e-12))
    blocks = np.ceil(np.maximum(nepers, 0.5) / modes.decays * rate / _BLOCK)
    wanted = -(-frames // _BLOCK)
    lasting = np.minimum(2.0 ** np.ceil(np.log2(np.maximum(blocks, 1.0))), wanted).astype(int)
    length = int(lasting[heard].max(initial=1))
    sound = np.zeros((len(amplitudes), length * _BLOCK), dtype=np.float32)
    for count in np.unique(lasting[heard]):
        chosen = np.flatnonzero(heard & (lasting == count))
        for few in np.split(chosen, range(_TOGETHER, len(chosen), _TOGETHER)):
            logs = np.asarray((-modes.decays[few] + 2j * np.pi * modes.frequencies[few]) / rate, dtype=np.complex128)
            first = _powers(logs, _BLOCK).T * np.exp(2j * np.pi * phases[few, None])
            right = np.vstack([first.imag, first.real]).astype(np.float32)
            steps = _powers(logs * _BLOCK, count)
            for side, channel in zip(amplitudes[:, few], sound, strict=True):
                scaled = steps * side
                left = np.hstack([scaled.real, scaled.imag]).astype(np.float32)
                channel[: count * _BLOCK] += _product(left, right).reshape(-1)
    return sound[:, :frames]


def _powers(logs: NDArray[np.complex128], count: int) -> NDArray[np.complex128]:
    """E to the power of 0, 1, 2, ... times each logarithm, shape (count, modes)."""
    powers = np.ones((count, len(logs)), dtype=np.complex128)
    done = 1
    while done < count:
        more = min(done, count - done)
        np.multiply(powers[:more], np.exp(logs * done), out=powers[done : done + more])
        done += more
    return powers


def _product(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """One matrix by another, a few rows at a time.

    The library that multiplies spreads larger products over as many threads as there are cores, and then rounds in
    another order: the same song would not have the same bytes on another machine.
    """
    rows = max(2, _ALONE // right.size)
    padded = np.zeros((-(-len(left) // rows) * rows, left.shape[1]), dtype=np.float32)
    padded[: len(left)] = left
    return np.asarray(np.matmul(padded.reshape(-1, rows, left.shape[1]), right)).reshape(len(padded), -1)[: len(left)]
