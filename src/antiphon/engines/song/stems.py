"""What a song is taken apart into: which stem has what of a score. Pure; `perform` plays it.

Each set of stems is the whole song: whatever sounds in it is in exactly one of them. A name means the same in all sets
but "parts", whose "vocals" are the lead alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.orchestra import instrument
from antiphon.engines.song.score import Note, Part, Pitch, Role, Score, Vocal

FEWEST = 12
"""Stems that a full set has at least, if there is so much in the song."""

StemSet: TypeAlias = Literal["parts", "basic", "four", "full"]
Share: TypeAlias = Literal["whole", "dry", "reverb"]
"""A sound with its echo in the room, the sound alone, or the echo alone."""

Pitches: TypeAlias = frozenset[Pitch]

_DRUMMED = frozenset({Role.DRUMS, Role.PERCUSSION})
_ONE_STEM = frozenset({Role.BASS, Role.EFFECTS})
_KIT = {
    "kick": (35, 36),
    "snare": (37, 38, 40),
    "claps": (39,),
    "hi_hat": (42, 44, 46),
    "toms": (41, 43, 45, 47, 48, 50),
    "crash": (49, 52, 55, 57),
    "ride": (51, 53, 59),
    "tambourine": (54,),
    "cowbell": (56,),
    "vibraslap": (58,),
    "bongos": (60, 61),
    "congas": (62, 63, 64),
    "timbales": (65, 66),
    "agogo": (67, 68),
    "shaker": (69, 70, 82),
    "guiro": (73, 74),
    "claves": (75,),
    "wood_blocks": (76, 77),
    "triangle": (80, 81),
}
"""General MIDI's drums as they are miked. Those that mute each other are together, as hi-hats are one instrument."""

_OTHER_DRUMS = "percussion"
_PIECES = {Pitch(key): name for name, keys in _KIT.items() for key in keys}
_HEARD = 0.1
"""Of a sound that goes into the room: with less its echo is no stem."""
_REGISTERS = {2: ("low", "high"), 3: ("low", "middle", "high")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Whoever is heard: a part by its place in `Score.parts`, or a voice: 0 the lead, from 1 the harmonies."""

    kind: Literal["part", "voice"]
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """What a stem has of somebody.

    Args:
        source: Of whom.
        pitches: Of which keys, or drums; None for all that they do.
    """

    source: Source
    pitches: Pitches | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stem:
    """A part of a song, to be heard by itself.

    Args:
        name: Such as "lead_vocals", for files.
        takes: What it has. Nothing: it is silent.
        share: Whether it has its echo in the room.
    """

    name: str
    takes: tuple[Take, ...]
    share: Share = "whole"

    @property
    def title(self) -> str:
        """For people, such as "Lead Vocals"."""
        return self.name.replace("_", " ").title()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """Into what a stem is cut: so many registers, and each of them into its sound and its echo."""

    registers: int = 1
    apart: bool = False


_Named: TypeAlias = tuple[str, tuple[Take, ...]]


def stems(score: Score, wanted: StemSet) -> tuple[Stem, ...]:
    """What a song is taken apart into.

    Args:
        score: The song.
        wanted: "parts": each part and each voice. "basic": vocals and instrumental. "four": vocals, drums, bass and the
            rest. "full": each voice, drum and instrument, and these again by register, or without their reverberation,
            until there are `FEWEST`. Basic and four have all of theirs, silent where nobody does that.
    """
    return _SETS[wanted](score)


def stem_named(score: Score, name: str) -> Stem:
    """The stem of that name in the sets "basic", "four" and "full".

    Raises:
        InvalidRequest: "unknown_stem": none of them has one.
    """
    for wanted in ("basic", "four", "full"):
        for stem in stems(score, wanted):
            if stem.name == name:
                return stem
    raise InvalidRequest("unknown_stem", "only")


def needed(score: Score, wanted: Sequence[Stem]) -> frozenset[Source]:
    """Whom one must have heard to make some stems: who they are of, and whose loudness goes by whom."""
    own = {take.source for stem in wanted for take in stem.takes}
    if any(source.kind == "voice" for source in own):
        own.add(Source(kind="voice", number=0))
    if any(source.kind == "voice" or score.parts[source.number].role is Role.LEAD for source in own):
        own.update(source for source, _part in _parts(score))
    return frozenset(own)


def excerpt(score: Score, stem: Stem) -> Score:
    """The score of what is heard in a stem, and of nothing else."""
    parts = tuple(
        replace(part, notes=tuple(note for note in part.notes if _has(stem, source, note)))
        for source, part in _parts(score)
    )
    return replace(score, parts=tuple(part for part in parts if part.notes), vocal=_sung(score.vocal, stem))


def _has(stem: Stem, source: Source, note: Note) -> bool:
    return any(take.source == source and (take.pitches is None or note.pitch in take.pitches) for take in stem.takes)


def _sung(vocal: Vocal | None, stem: Stem) -> Vocal | None:
    voices = {take.source.number for take in stem.takes if take.source.kind == "voice"}
    if vocal is None or not voices:
        return None
    lead = vocal.lead if 0 in voices else ()
    harmonies = tuple(voice for number, voice in enumerate(vocal.harmonies, 1) if number in voices)
    return replace(vocal, lead=lead, harmonies=harmonies)


def _by_part(score: Score) -> tuple[Stem, ...]:
    """In the order in which they are played."""
    ordered = sorted(_parts(score), key=lambda found: found[1].role is Role.LEAD)
    found: list[_Named] = [(str(part.role), (Take(source=source),)) for source, part in ordered]
    for take in _voices(score):
        number = take.source.number
        found.append((f"backing_vocals_{number}" if number else "vocals", (take,)))
    return _numbered(found)


def _basic(score: Score) -> tuple[Stem, ...]:
    band = tuple(Take(source=source) for source, _part in _parts(score))
    return Stem(name="vocals", takes=_voices(score)), Stem(name="instrumental", takes=band)


def _four(score: Score) -> tuple[Stem, ...]:
    def played(*, within: Callable[[Role], bool]) -> tuple[Take, ...]:
        return tuple(Take(source=source) for source, part in _parts(score) if within(part.role))

    return (
        Stem(name="vocals", takes=_voices(score)),
        Stem(name="drums", takes=played(within=lambda role: role in _DRUMMED)),
        Stem(name="bass", takes=played(within=lambda role: role is Role.BASS)),
        Stem(name="other", takes=played(within=lambda role: role not in _DRUMMED and role is not Role.BASS)),
    )


def _full(score: Score) -> tuple[Stem, ...]:
    """The voices, the drums, the bass, the band: as on a mixing desk."""
    voices = _voices(score)
    lead = "lead_vocals" if len(voices) > 1 else "vocals"
    found: list[_Named] = [("backing_vocals" if take.source.number else lead, (take,)) for take in voices]
    found += _drums(score)
    found += _band(score)
    return _divided(_numbered(found), score)


def _drums(score: Score) -> Iterator[_Named]:
    """All kits taken apart, each drum with its like."""
    pieces: dict[str, list[Take]] = {name: [] for name in (*_KIT, _OTHER_DRUMS)}
    for source, part in _parts(score):
        if part.role in _DRUMMED and part.notes:
            played: dict[str, set[Pitch]] = {}
            for note in part.notes:
                played.setdefault(_PIECES.get(note.pitch, _OTHER_DRUMS), set()).add(note.pitch)
            for name, keys in played.items():
                pieces[name].append(Take(source=source, pitches=frozenset(keys)))
    return ((name, tuple(takes)) for name, takes in pieces.items() if takes)


def _band(score: Score) -> list[_Named]:
    """Who is none of the drums: the basses together, the others by their instruments, the effects together."""
    playing = [(source, part) for source, part in _parts(score) if part.notes and part.role not in _DRUMMED]
    names = [part.instrument for _source, part in playing if part.role not in _ONE_STEM]
    bass = tuple(Take(source=source) for source, part in playing if part.role is Role.BASS)
    effects = tuple(Take(source=source) for source, part in playing if part.role is Role.EFFECTS)
    players = [
        (
            part.instrument if names.count(part.instrument) == 1 else f"{part.role}_{part.instrument}",
            (Take(source=source),),
        )
        for source, part in playing
        if part.role not in _ONE_STEM
    ]
    return [(name, takes) for name, takes in (("bass", bass), *players, ("effects", effects)) if takes]


def _divided(whole: Sequence[Stem], score: Score) -> tuple[Stem, ...]:
    """The same, taken apart further until there are enough, one after the other."""
    pieces: list[tuple[Stem, ...]] = [(stem,) for stem in whole]
    cuts = [_Cut() for _stem in whole]
    for place, cut in _cuts(whole, score):
        if sum(map(len, pieces)) >= FEWEST:
            break
        cuts[place] = cut(cuts[place])
        pieces[place] = tuple(_cut(whole[place], cuts[place], score))
    return tuple(piece for each in pieces for piece in each)


def _cuts(whole: Sequence[Stem], score: Score) -> Iterator[tuple[int, Callable[["_Cut"], "_Cut"]]]:
    """What can be cut, by its place, and how: hands of who plays chords, reverberation, then ever smaller registers."""
    keys = {place: _keys(stem, score) for place, stem in enumerate(whole)}
    keyed = sorted(keys, key=lambda place: keys[place][-1] - keys[place][0] if keys[place] else 0, reverse=True)
    yield from (
        (place, partial(replace, registers=2))
        for place in keyed
        if len(keys[place]) > 1 and _chordal(_part(whole[place], score))
    )
    echoes = [_echo(stem, score) for stem in whole]
    wettest = sorted(keys, key=lambda place: echoes[place], reverse=True)
    yield from ((place, partial(replace, apart=True)) for place in wettest if echoes[place] >= _HEARD)
    for count in range(2, FEWEST + 1):
        yield from ((place, partial(replace, registers=count)) for place in keyed if len(keys[place]) >= count)


def _cut(stem: Stem, cut: _Cut, score: Score) -> Iterator[Stem]:
    for name, takes in _registers(stem, cut.registers, score):
        if cut.apart:
            yield Stem(name=f"{name}_dry", takes=takes, share="dry")
            yield Stem(name=f"{name}_reverb", takes=takes, share="reverb")
        else:
            yield Stem(name=name, takes=takes)


def _registers(stem: Stem, count: int, score: Score) -> Iterator[_Named]:
    """A stem by so many ranges of keys, the lowest first."""
    if count == 1:
        yield stem.name, stem.takes
        return
    keys = _keys(stem, score)
    names = _REGISTERS.get(count) or [str(number + 1) for number in range(count)]
    for number, name in enumerate(names):
        range_ = keys[number * len(keys) // count : (number + 1) * len(keys) // count]
        yield f"{stem.name}_{name}", (replace(stem.takes[0], pitches=frozenset(range_)),)


def _keys(stem: Stem, score: Score) -> Sequence[Pitch]:
    """The keys by which a stem can be cut, upwards: none where notes are no keys, or are bent together."""
    part = _part(stem, score)
    if part is None:
        return ()
    played = instrument(part.instrument)
    return () if played.is_kit or played.is_driven else sorted({note.pitch for note in part.notes})


def _part(stem: Stem, score: Score) -> Part | None:
    """The part that a stem is the whole of."""
    match stem.takes:
        case (Take(source=Source(kind="part", number=number), pitches=None),):
            return score.parts[number]
    return None


def _chordal(part: Part | None) -> bool:
    """Whether most of its notes do not stand alone."""
    return part is not None and 2 * len({note.start for note in part.notes}) <= len(part.notes)


def _echo(stem: Stem, score: Score) -> float:
    """How much of it goes into the room, voices before all others."""
    return max(1.0 if take.source.kind == "voice" else score.parts[take.source.number].reverb for take in stem.takes)


def _parts(score: Score) -> Iterator[tuple[Source, Part]]:
    return ((Source(kind="part", number=number), part) for number, part in enumerate(score.parts))


def _voices(score: Score) -> tuple[Take, ...]:
    """The lead, then those that sing with it."""
    voices = () if score.vocal is None else (score.vocal.lead, *score.vocal.harmonies)
    return tuple(Take(source=Source(kind="voice", number=number)) for number, notes in enumerate(voices) if notes)


def _numbered(found: Sequence[_Named]) -> tuple[Stem, ...]:
    """With a number from the second of a name on."""
    taken: dict[str, int] = {}
    named = []
    for name, takes in found:
        number = taken[name] = taken.get(name, 0) + 1
        named.append(Stem(name=name if number == 1 else f"{name}_{number}", takes=takes))
    return tuple(named)


_SETS: dict[StemSet, Callable[[Score], tuple[Stem, ...]]] = {
    "parts": _by_part,
    "basic": _basic,
    "four": _four,
    "full": _full,
}
