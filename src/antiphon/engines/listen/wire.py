"""What the server and a listener say to each other, as bytes. Pure.

server -> listener   ASK once, PIECE as often as the file needs, END once
listener -> server   STAGE and SOUND as they come, HEARD or FAULT once
"""

import dataclasses
import enum
import json
from collections.abc import Iterator
from typing import Any

from antiphon.domain.heard import (
    ChordKind,
    Heard,
    HeardChord,
    HeardKey,
    HeardNote,
    HeardSection,
    HeardTempo,
    HeardWord,
    HearingFault,
    Wanted,
)

PIECE = 1024 * 1024
"""Bytes of a file, or of sound, in one message."""


class Kind(enum.IntEnum):
    """The kinds of message; both directions share one numbering."""

    ASK = 1
    PIECE = 2
    END = 3
    STAGE = 4
    SOUND = 5
    HEARD = 6
    FAULT = 7


def pack_wanted(wanted: Wanted) -> bytes:
    """What is wanted, as ASK has it."""
    return json.dumps(dataclasses.asdict(wanted)).encode()


def unpack_wanted(payload: bytes) -> Wanted:
    """What `pack_wanted` packed."""
    return Wanted(**json.loads(payload))


def pieces(whole: bytes) -> Iterator[bytes]:
    """A file in pieces that fit into messages."""
    for start in range(0, len(whole), PIECE):
        yield whole[start : start + PIECE]


def pack_sound(stem: str, pcm: bytes) -> bytes:
    """Some of a stem: two channels of 16 bits, little-endian, interleaved."""
    return stem.encode() + b"\0" + pcm


def unpack_sound(payload: bytes) -> tuple[str, bytes]:
    """What `pack_sound` packed."""
    stem, _, pcm = payload.partition(b"\0")
    return stem.decode(), pcm


def pack_answer(answer: Heard | HearingFault) -> tuple[Kind, bytes]:
    """An answer as a message."""
    if isinstance(answer, HearingFault):
        return Kind.FAULT, answer.value.encode()
    return Kind.HEARD, pack_heard(answer)


def unpack_answer(kind: int, payload: bytes) -> Heard | HearingFault:
    """The answer that `pack_answer` packed."""
    return HearingFault(payload.decode()) if kind == Kind.FAULT else unpack_heard(payload)


def pack_heard(heard: Heard) -> bytes:
    """All that was heard, as JSON."""
    return json.dumps(dataclasses.asdict(heard), ensure_ascii=False).encode()


def unpack_heard(payload: bytes) -> Heard:
    """What `pack_heard` packed."""
    facts: dict[str, Any] = json.loads(payload)
    return Heard(
        **facts
        | {
            "tempo": HeardTempo(**facts["tempo"]),
            "beats": tuple(facts["beats"]),
            "downbeats": tuple(facts["downbeats"]),
            "key": HeardKey(**facts["key"]),
            "chords": tuple(HeardChord(**fact | {"kind": ChordKind(fact["kind"])}) for fact in facts["chords"]),
            "sections": tuple(HeardSection(**fact) for fact in facts["sections"]),
            "melody": tuple(HeardNote(**fact) for fact in facts["melody"]),
            "words": tuple(HeardWord(**fact) for fact in facts["words"]),
        }
    )
