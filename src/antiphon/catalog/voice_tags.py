"""What lists call voices by: how old they sound, what they suit, what they are like."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Literal

Age = Literal["young", "middle_aged", "old"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceTags:
    """What a voice is called by. The defaults are those of a voice of which nothing is known.

    Args:
        age: As heard.
        use_case: What it suits, such as "narration".
        style: What it is like, such as "warm".
    """

    age: Age = "middle_aged"
    use_case: tuple[str, ...] = ()
    style: tuple[str, ...] = ()


@functools.cache
def load_voice_tags() -> Mapping[str, VoiceTags]:
    """Those of the Soniox models' voices, by voice."""
    text = resources.files(__package__).joinpath("voices", "soniox.toml").read_text(encoding="utf-8")
    return {
        name: VoiceTags(age=entry["age"], use_case=tuple(entry["use_case"]), style=tuple(entry["style"]))
        for name, entry in tomllib.loads(text)["voices"].items()
    }
