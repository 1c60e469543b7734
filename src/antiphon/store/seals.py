"""A hash chain over the ledger, made afterwards and in ranges, so that no request waits for it.

A seal covers up to `LONGEST_RANGE` transfers in the order of their numbers. Each transfer, with its entries, has a
SHA-256 digest over its canonical form. The seal's hash is SHA-256 over the hash of the seal before it, its own range
and the digests of all its transfers: nothing in or before it can change without changing every hash that follows.
Beside the hash stand *marks*, the number and the first bytes of the digest of each transfer, only so that what is
wrong can be named.

A chain shows changes, not its own loss: whoever deletes its last seals together with all they cover is found out
only by a copy of a hash that is kept elsewhere.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import orjson

LONGEST_RANGE = 256
"""Transfers under one seal."""

NOTHING = bytes(32)
"""The hash before the first seal."""

_MARK = struct.Struct(">q8s")
_RANGE = struct.Struct(">qq")


class SealedTransfer(NamedTuple):
    """A transfer as it is sealed, with its entries sorted by place."""

    seq: int
    id: str
    kind: str
    account_id: str
    request_id: str | None
    at: float
    note: str
    terms: str | None
    entries: Sequence[tuple[str, int]]

    def __str__(self) -> str:
        return f"transfer {self.seq} ({self.id})"

    def digest(self) -> bytes:
        """SHA-256 over a compact JSON array of all fields in their order, 32 bytes."""
        return hashlib.sha256(orjson.dumps(tuple(self))).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A link of the chain.

    Args:
        first_seq: The number of its first transfer.
        last_seq: The number of its last.
        previous: The hash of the seal before it; `NOTHING` for the first.
        marks: Sixteen bytes for each transfer.
        hash: See above.
    """

    first_seq: int
    last_seq: int
    previous: bytes
    marks: bytes
    hash: bytes

    def __str__(self) -> str:
        return f"seal {self.first_seq}-{self.last_seq}"

    @property
    def transfers(self) -> int:
        """How many it covers."""
        return len(self.marks) // _MARK.size


def seals_over(transfers: Iterable[SealedTransfer], *, previous: bytes) -> Iterator[Seal]:
    """Seals for transfers in the order of their numbers, after the seal with the hash `previous`."""
    rest = iter(transfers)
    while covered := list(islice(rest, LONGEST_RANGE)):
        digests = [transfer.digest() for transfer in covered]
        first, last = covered[0].seq, covered[-1].seq
        hash_ = _hash(previous, first, last, digests)
        yield Seal(first_seq=first, last_seq=last, previous=previous, marks=_marks(covered, digests), hash=hash_)
        previous = hash_


def broken(seal: Seal, transfers: Sequence[SealedTransfer], *, previous: Seal | None) -> str:
    """The first thing that is not as it was when it was sealed, named; "" where all is.

    Args:
        seal: What it should be.
        transfers: What there is now with numbers up to the seal's last and beyond those of the seal before.
        previous: The seal before, itself whole.
    """
    if seal.previous != (NOTHING if previous is None else previous.hash):
        before = "the beginning" if previous is None else previous
        return f"{seal} does not follow {before}: it was changed, or one between them is missing"
    digests = [transfer.digest() for transfer in transfers]
    if _hash(seal.previous, seal.first_seq, seal.last_seq, digests) == seal.hash:
        return "" if seal.marks == _marks(transfers, digests) else f"{seal} was changed"
    return _first_difference(seal, transfers, digests) or f"{seal} was changed"


def _first_difference(seal: Seal, transfers: Sequence[SealedTransfer], digests: Sequence[bytes]) -> str:
    if len(seal.marks) % _MARK.size:
        return ""
    marks = dict(_MARK.iter_unpack(seal.marks))
    if not marks or (min(marks), max(marks)) != (seal.first_seq, seal.last_seq):
        return ""
    found = {transfer.seq: (transfer, digest) for transfer, digest in zip(transfers, digests, strict=True)}
    for seq in sorted({*marks, *found}):
        if seq not in found:
            return f"transfer {seq} is missing"
        transfer, digest = found[seq]
        if seq not in marks:
            return f"{transfer} was inserted"
        if not digest.startswith(marks[seq]):
            return f"{transfer} or its entries were changed"
    return ""


def _hash(previous: bytes, first: int, last: int, digests: Iterable[bytes]) -> bytes:
    return hashlib.sha256(b"".join([previous, _RANGE.pack(first, last), *digests])).digest()


def _marks(transfers: Sequence[SealedTransfer], digests: Sequence[bytes]) -> bytes:
    return b"".join(_MARK.pack(transfer.seq, digest[:8]) for transfer, digest in zip(transfers, digests, strict=True))
