"""Units as types, so that a number says what it counts."""

from typing import NewType

Hertz = NewType("Hertz", int)
"""Samples per second."""

BitsPerSecond = NewType("BitsPerSecond", int)
"""Encoded size over time."""

Milliseconds = NewType("Milliseconds", int)
"""Thousandths of a second, whole."""

Seconds = NewType("Seconds", float)
"""Seconds, with a fraction."""
