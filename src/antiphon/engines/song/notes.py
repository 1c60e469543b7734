"""The notes as whoever listens has them: who plays what, in seconds, under names that musicians know."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeAlias

import orjson

from antiphon.domain.songs import SongNote, SongPart
from antiphon.engines.song.orchestra import instrument
from antiphon.engines.song.score import Note, Part, Role, Score, Sung, Ticks
from antiphon.engines.song.swing import moment

_Named: TypeAlias = tuple[str, Sequence[Note] | Sequence[Sung]]

_LEAD, _BACKING = "Vocals", "Backing Vocals"
_KITS = {Role.DRUMS: "Drums", Role.PERCUSSION: "Percussion", Role.EFFECTS: "Effects"}
_SPELT = {"fm": "FM", "lofi": "Lo-Fi", "ooh": "Ooh"}
_HARDEST = 127
_DIGITS = 4


def song_parts(score: Score) -> tuple[SongPart, ...]:
    """Who is heard, voices first: "Vocals", "Electric Piano"; of two alike the second has a number.

    Of drums a pitch is General MIDI's drum. Moments are those of the sound: the swing is in them.
    """
    heard = [(name, notes) for name, notes in chain(_sung(score), _played(score)) if notes]
    names = _numbered(name for name, _ in heard)
    return tuple(
        SongPart(name=name, notes=tuple(_notes(notes, score))) for name, (_, notes) in zip(names, heard, strict=True)
    )


def notes_json(score: Score) -> bytes:
    """`song_parts` as JSON."""
    return orjson.dumps(song_parts(score))


def _sung(score: Score) -> Iterator[_Named]:
    if score.vocal is not None:
        yield _LEAD, score.vocal.lead
        for voice in score.vocal.harmonies:
            yield _BACKING, voice


def _played(score: Score) -> Iterator[_Named]:
    for part in score.parts:
        yield _name(part), part.notes


def _name(part: Part) -> str:
    if instrument(part.instrument).is_kit:
        return _KITS.get(part.role, _KITS[Role.DRUMS])
    return " ".join(_SPELT.get(word, word.title()) for word in part.instrument.split("_"))


def _numbered(names: Iterable[str]) -> Iterator[str]:
    counts: dict[str, int] = {}
    for name in names:
        number = counts[name] = counts.get(name, 0) + 1
        yield name if number == 1 else f"{name} {number}"


def _notes(notes: Sequence[Note] | Sequence[Sung], score: Score) -> Iterator[SongNote]:
    for note in notes:
        yield SongNote(
            pitch=int(note.pitch),
            start=round(moment(note.start, score), _DIGITS),
            end=round(moment(Ticks(note.start + note.length), score), _DIGITS),
            velocity=round(note.velocity / _HARDEST, _DIGITS),
        )
