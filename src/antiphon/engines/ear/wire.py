"""What the server and a listener say to each other, as bytes. Pure.

server -> listener   CLIP or AUDITION, once
listener -> server   LIKENESS or FAULT, once
"""

import dataclasses
import enum
import json

from antiphon.domain.clips import ClipFault
from antiphon.domain.speech import Likeness


class Kind(enum.IntEnum):
    """The kinds of message; both directions share one numbering."""

    CLIP = 1
    LIKENESS = 2
    FAULT = 3
    AUDITION = 4


def pack_answer(answer: Likeness | ClipFault) -> tuple[Kind, bytes]:
    """An answer as a message."""
    if isinstance(answer, ClipFault):
        return Kind.FAULT, answer.value.encode()
    return Kind.LIKENESS, json.dumps(dataclasses.asdict(answer)).encode()


def unpack_answer(kind: int, payload: bytes) -> Likeness | ClipFault:
    """The answer that `pack_answer` packed."""
    return ClipFault(payload.decode()) if kind == Kind.FAULT else Likeness(**json.loads(payload))
