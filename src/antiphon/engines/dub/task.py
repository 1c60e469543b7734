"""What the server says to a process that dubs. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from antiphon.domain.songs import SongForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Dub:
    """What is to be dubbed.

    Args:
        source: The path of what there is; see `backend.dub`.
        files: The paths of what is wanted, by their forms.
    """

    source: str
    files: Mapping[SongForm, str]


def packed(dub: Dub) -> bytes:
    """A line that says it."""
    return json.dumps(asdict(dub)).encode() + b"\n"


def unpacked(line: bytes) -> Dub:
    """What `packed` packed."""
    return Dub(**json.loads(line))
