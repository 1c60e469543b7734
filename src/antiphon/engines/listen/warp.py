"""A recording warped onto states that follow each other, such as the moments of a saying. Pure.

Each step of the recording belongs to one state; from a step to the next one stays, goes to the next state, or skips
one. A first pass takes several steps as one; the second looks only near what the first found, so that a long recording
needs no more memory than its length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_COARSE = 4
"""Steps that the first pass takes as one."""
_REACH = 160
"""States on each side of what the first pass found."""
_SILENT, _MISSED = 0.25, 1.3
"""Cost of a silent step where nobody is to sing; of a step that sounds there, and of a silent one elsewhere."""
_HELD, _SKIPPED = 0.3, 0.08
"""Cost of staying in a state that cannot be held, and of skipping one."""
_NEVER = np.float32(1e9)
_TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """What is looked for, in order.

    Args:
        shapes: What each state sounds like, shape (states, values), each of length 1.
        silent: Which are silences: the first state, and others that may be skipped.
        held: Which may last as long as they like.
    """

    shapes: np.ndarray
    silent: np.ndarray
    held: np.ndarray

    def coarse(self) -> tuple["States", np.ndarray]:
        """The same in fewer states, silences by themselves; and the first state of each."""
        firsts, run = [0], 1
        for state in range(1, len(self.silent)):
            if run >= _COARSE or self.silent[state] or self.silent[state - 1]:
                firsts.append(state)
                run = 0
            run += 1
        first = np.array(firsts)
        return States(
            shapes=unit(np.add.reduceat(self.shapes, first, axis=0)),
            silent=self.silent[first],
            held=np.maximum.reduceat(self.held, first),
        ), first


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A recording.

    Args:
        shapes: What each step sounds like, shape (steps, values), each of length 1.
        sounding: How loud each is, 0 (silent) to 1.
    """

    shapes: np.ndarray
    sounding: np.ndarray

    def coarse(self) -> "Steps":
        """The same in longer steps."""
        first = np.arange(0, len(self.sounding), _COARSE)
        counts = np.diff(first, append=len(self.sounding))
        return Steps(
            shapes=unit(np.add.reduceat(self.shapes, first, axis=0)),
            sounding=np.add.reduceat(self.sounding, first) / counts,
        )


def unit(values: np.ndarray) -> np.ndarray:
    """Each row with length 1."""
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    scaled: np.ndarray = (values / np.maximum(lengths, _TINY)).astype(np.float32)
    return scaled


def warped(versions: Sequence[Steps], states: States) -> np.ndarray:
    """The state of each step, never going back.

    Args:
        versions: The same recording heard in different ways, of which the one is taken that fits best.
        states: What is looked for.
    """
    fewer, first = states.coarse()
    rough, steps = _best(versions, fewer)
    near = np.repeat(first[rough], _COARSE)[: len(steps.sounding)]
    width = min(len(states.silent), 2 * _REACH)
    offsets = np.clip(near - _REACH, 0, len(states.silent) - width)
    return _path(steps, states, offsets, width)[0]


def _best(versions: Sequence[Steps], states: States) -> tuple[np.ndarray, Steps]:
    """The cheapest coarse path of all versions, and which one it is of."""
    found = []
    for number, version in enumerate(versions):
        coarse = version.coarse()
        path, cost = _path(coarse, states, np.zeros(len(coarse.sounding), int), len(states.silent))
        found.append((cost, number, path))
    _, number, path = min(found, key=lambda one: one[:2])
    return path, versions[number]


def _path(steps: Steps, states: States, offsets: np.ndarray, width: int) -> tuple[np.ndarray, float]:
    """The cheapest way, at each step through `width` states from its offset on; and its cost."""
    count = len(offsets)
    came = np.zeros((count, width), np.uint8)
    total = np.full(width, _NEVER, np.float32)
    total[: min(2, width)] = 0.0
    total += _costs(steps, states, 0, offsets[0], width)
    stay = np.where(states.held | states.silent, 0.0, _HELD).astype(np.float32)
    for at in range(1, count):
        before = np.full(width + 2, _NEVER, np.float32)
        moved = offsets[at] - offsets[at - 1]
        kept = total[moved:] if moved >= 0 else np.concatenate((np.full(-moved, _NEVER, np.float32), total))[:width]
        before[2 : 2 + len(kept)] = kept
        if moved > 0:
            before[2 - min(2, moved) : 2] = total[moved - min(2, moved) : moved]
        ways = np.stack((before[2:] + stay[offsets[at] : offsets[at] + width], before[1:-1], before[:-2] + _SKIPPED))
        came[at] = ways.argmin(axis=0)
        total = ways.min(axis=0) + _costs(steps, states, at, offsets[at], width)
    ending = total[-2:] if offsets[-1] + width == len(states.silent) else total
    place = int(offsets[-1]) + len(total) - len(ending) + int(ending.argmin())
    cost = float(ending.min())
    path = np.zeros(count, int)
    for at in range(count - 1, -1, -1):
        path[at] = place
        place -= int(came[at, place - offsets[at]])
    return path, cost


def _costs(steps: Steps, states: States, at: int, first: int, width: int) -> np.ndarray:
    sounding = steps.sounding[at]
    unlike = 1.0 - states.shapes[first : first + width] @ steps.shapes[at]
    sung = sounding * unlike + (1 - sounding) * _MISSED
    silent = sounding * _MISSED + (1 - sounding) * _SILENT
    return np.asarray(np.where(states.silent[first : first + width], silent, sung), np.float32)
