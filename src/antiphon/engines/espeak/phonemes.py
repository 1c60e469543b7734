"""espeak's compiled tables of phonemes, and new ones put together from their entries. Pure: bytes in, bytes out.

An accent is a table that includes the table of some English and has other sounds in the places of a few phonemes:
the `t` of Hindi, say, where English dictionaries write `t`. No sound is made anew; an entry is copied, with the
number of the phoneme whose place it takes.

Source of the format: espeak-ng 1.52, `src/libespeak-ng/synthdata.c`, `phoneme.h` (`PHONEME_TAB`). A sound copied
from another language keeps its programme, whose references to other phonemes count by number: they mean the same
thing only where they point into the tables that both include (base, base1).
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

_HEAD = struct.Struct("<BB2x32s")  # Number of entries, the included table counted from 1, name.
_ENTRY = struct.Struct("<4s6sB5s")  # Mnemonic, flags and programme, number of the phoneme, kind and lengths.
_START = 4  # The file begins with the number of tables in one byte, and three unused.
_MAX_TABLES = 150


class PhonemeMissing(LookupError):
    """A table has no such phoneme, or there is no such table; the argument is what was looked for."""


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    includes: int
    entries: tuple[bytes, ...]


def with_table(compiled: bytes, *, name: str, includes: str, sounds: Mapping[str, str]) -> bytes:
    """The compiled tables and one more.

    Args:
        compiled: The content of espeak's file `phontab`.
        name: What voice files call the new table.
        includes: The table it starts from.
        sounds: For phonemes of that table the sounds they get, as "table/phoneme".

    Raises:
        PhonemeMissing: One of the names means nothing.
    """
    tables = _tables(compiled)
    if len(tables) >= _MAX_TABLES:
        raise PhonemeMissing(f"room for {name}")
    places = [table.name for table in tables]
    if includes not in places:
        raise PhonemeMissing(includes)
    entries = [
        _moved(_entry(tables, *sound.split("/", 1)), _entry(tables, includes, old)) for old, sound in sounds.items()
    ]
    head = _HEAD.pack(len(entries), places.index(includes) + 1, name.encode())
    return bytes([len(tables) + 1]) + compiled[1:] + head + b"".join(entries)


def _tables(compiled: bytes) -> list[_Table]:
    tables = []
    at = _START
    for _ in range(compiled[0]):
        count, includes, name = _HEAD.unpack_from(compiled, at)
        at += _HEAD.size
        ends = range(at, at + count * _ENTRY.size, _ENTRY.size)
        tables.append(
            _Table(name.rstrip(b"\0").decode(), includes, tuple(compiled[here : here + _ENTRY.size] for here in ends))
        )
        at += count * _ENTRY.size
    return tables


def _entry(tables: list[_Table], name: str, phoneme: str) -> bytes:
    table = next((table for table in tables if table.name == name), None)
    while table is not None:
        for entry in table.entries:
            if _ENTRY.unpack(entry)[0].rstrip(b"\0").decode("latin-1") == phoneme:
                return entry
        table = tables[table.includes - 1] if table.includes else None
    raise PhonemeMissing(f"{name}/{phoneme}")


def _moved(sound: bytes, place: bytes) -> bytes:
    mnemonic, programme, _, lengths = _ENTRY.unpack(sound)
    number = _ENTRY.unpack(place)[2]
    return _ENTRY.pack(mnemonic, programme, number, lengths)
