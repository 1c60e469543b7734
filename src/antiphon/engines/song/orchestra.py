"""The instruments as whoever writes for them knows them: what they are called, what they suit and how far they reach.

How they sound is `play.instruments`' business, which needs numpy; a score does not.
"""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from antiphon.engines.song.score import Role


class InstrumentUnknown(LookupError):
    """There is no instrument of that name.

    Args:
        name: The name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """Something to write for. The fields that `play.instruments.Instrument` has as well mean the same here.

    Args:
        is_kit: Whether its keys are drums.
        is_driven: Whether all its notes go through an amplifier together.
    """

    name: str
    family: str
    roles: tuple[Role, ...]
    lowest: int
    highest: int
    program: int
    is_kit: bool
    is_driven: bool


def instrument(name: str) -> Instrument:
    """The one of that name.

    Raises:
        InstrumentUnknown: There is none.
    """
    try:
        return _instruments()[name]
    except KeyError:
        raise InstrumentUnknown(name) from None


@functools.cache
def instrument_table() -> Mapping[str, Mapping[str, Any]]:
    """`data/instruments.toml`, as it is."""
    file = resources.files("antiphon.engines.song").joinpath("data", "instruments.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


@functools.cache
def _instruments() -> Mapping[str, Instrument]:
    return {
        name: Instrument(
            name=name,
            family=facts["family"],
            roles=tuple(map(Role, facts["roles"])),
            lowest=facts["lowest"],
            highest=facts["highest"],
            program=facts["program"],
            is_kit=facts["kind"] == "kit",
            is_driven="amp" in facts,
        )
        for name, facts in instrument_table().items()
    }
