"""The voices that clients may name, and which of a maker's own stands in for each."""

import functools
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal
from uuid import UUID, uuid5

from antiphon.domain.delivery import PLAIN, Delivery
from antiphon.domain.ports import Voice

NAMESPACE = UUID("6f0c2a52-4a6e-5d0b-9d8a-2f4b7d1c9e30")
"""Of the version-5 ids of voices. They are kept by clients: it never changes."""

Gender = Literal["male", "female", "neutral"]

_FILES = ("elevenlabs.toml", "gemini.toml", "google.toml")
_ENGLISH = "en"
_ENGLISH_OF = {"US American": "American"}
"""What makers call an accent of English, where lists of voices call it otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedVoice:
    """A voice of a vendor's.

    Args:
        id: Ours, the same for ever: version 5 of "vendor:vendor_id".
        vendor: "elevenlabs", "gemini" or "google".
        vendor_id: What the vendor's own interface calls it.
        name: For people.
        gender: As heard; with Gemini a hint.
        accent: As lists show it, such as "US American".
        language: Its own, as our makers name languages, such as "no".
        locale: Its own, as the vendor names it, such as "nb-NO".
        category: What it suits.
        style: A word on its character; "" for none.
        models: Those it speaks with, the usual one first.
        sample_rate: Of the vendor's sound, in hertz.
        way: How whoever stands in for it speaks, besides their own way.
        spoken: Its language for makers, with its region where one is heard, such as "pt-PT".
    """

    id: UUID
    vendor: str
    vendor_id: str
    name: str
    gender: Gender
    accent: str
    language: str
    locale: str
    category: str
    style: str
    models: tuple[str, ...]
    sample_rate: int
    way: Delivery
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """Who speaks for a voice of a vendor's.

    Args:
        voice: One of a maker's own.
        delivery: How it is used, so that it is nobody else's.
    """

    voice: str
    delivery: Delivery


class VoiceBook:
    """Voices in the order of their lists, to be found by our id, the vendor's id or the name.

    Args:
        voices: No two of them may share a name.
    """

    def __init__(self, voices: Iterable[NamedVoice]) -> None:
        self.all = tuple(voices)
        self._found = {name.casefold(): voice for voice in self.all for name in _names(voice)}

    def find(self, name: str) -> NamedVoice | None:
        """The voice that is called so, in upper or lower case; None: there is none."""
        return self._found.get(name.casefold())


@functools.cache
def load_voices() -> VoiceBook:
    """All voices in the box."""
    return VoiceBook(voice for name in _FILES for voice in _read(name))


def cast(voices: Iterable[NamedVoice], makers_own: Sequence[Voice]) -> Mapping[UUID, StandIn]:
    """Choose a voice of a maker's for each of the vendors', and how it is used.

    It is of the same gender and, where it speaks English, of the same accent; of these, the one that the fewest
    others have who share vendor and language. The hardest to please choose first. Where several have the same, each
    has it in another shade, so that no two sound alike as long as there are shades. The choice depends on the two
    lists and the shades alone.

    Returns:
        By the id of the voice that is stood in for; nobody, where the maker has no voices.
    """
    if not makers_own:
        return {}
    groups: dict[tuple[str, str], list[NamedVoice]] = defaultdict(list)
    for voice in voices:
        groups[voice.vendor, voice.language].append(voice)
    shades = load_shades()
    return {id_: chosen for group in groups.values() for id_, chosen in _cast_group(group, makers_own, shades)}


@functools.cache
def load_shades() -> Mapping[str, Sequence[Delivery]]:
    """The ways in which a voice is used by those who share it, by its gender; the first is its own."""
    table = tomllib.loads(resources.files(__package__).joinpath("voices", "shades.toml").read_text(encoding="utf-8"))
    return {gender: (PLAIN, *(Delivery(**shade) for shade in shades)) for gender, shades in table.items()}


def _cast_group(
    group: Iterable[NamedVoice], makers_own: Sequence[Voice], shades: Mapping[str, Sequence[Delivery]]
) -> Iterator[tuple[UUID, StandIn]]:
    taken: Counter[str] = Counter()
    wishes = [(voice, _suited(voice, makers_own)) for voice in group]
    for voice, suited in sorted(wishes, key=lambda wish: len(wish[1])):
        chosen = min(suited, key=lambda own: taken[own.id])
        known = shades[chosen.gender]
        shade = known[taken[chosen.id] % len(known)]
        taken[chosen.id] += 1
        yield voice.id, StandIn(voice=chosen.id, delivery=shade.and_also(voice.way))


def _suited(voice: NamedVoice, makers_own: Sequence[Voice]) -> Sequence[Voice]:
    """The best of the maker's voices; all of them where none is of that gender."""
    alike = [own for own in makers_own if voice.gender in {"neutral", own.gender}] or makers_own
    if voice.language != _ENGLISH:
        # Voices of several accents may differ in little else, and no accent of English is heard in another language.
        return [own for own in alike if own.accent == alike[0].accent]
    accent = _ENGLISH_OF.get(voice.accent, voice.accent)
    return [own for own in alike if own.accent == accent] or alike


def _names(voice: NamedVoice) -> tuple[str, ...]:
    return str(voice.id), voice.vendor_id, voice.name


def _read(name: str) -> Iterator[NamedVoice]:
    text = resources.files(__package__).joinpath("voices", name).read_text(encoding="utf-8")
    table = tomllib.loads(text)
    yield from _families(table) if "families" in table else _listed(table)


def _listed(table: Mapping[str, Any]) -> Iterator[NamedVoice]:
    for name, entry in table["voices"].items():
        yield _voice(table, {"name": name, "id": name, "models": table["models"], **entry})


def _families(table: Mapping[str, Any]) -> Iterator[NamedVoice]:
    """Voices that are called <locale>-<family>-<letter>."""
    for family in table["families"]:
        for locale, genders in family["voices"].items():
            facts = {"locale": locale, "models": family["models"], **table["locales"][locale]}
            letters = sorted((letter, gender) for gender, letters in genders.items() for letter in letters)
            for letter, gender in letters:
                name = f"{locale}-{family['name']}-{letter}"
                yield _voice(table, {"name": name, "id": name, "gender": gender, **facts})


def _voice(table: Mapping[str, Any], entry: Mapping[str, Any]) -> NamedVoice:
    facts = {**table, **entry}
    vendor, vendor_id = facts["vendor"], facts["id"]
    return NamedVoice(
        id=uuid5(NAMESPACE, f"{vendor}:{vendor_id}"),
        vendor=vendor,
        vendor_id=vendor_id,
        models=tuple(facts["models"]),
        style=facts.get("style", ""),
        spoken=facts["locale"] if facts.get("regional") else facts["language"],
        way=Delivery(**table.get("styles", {}).get(facts.get("style"), {})),
        **{key: facts[key] for key in ("name", "gender", "accent", "language", "locale", "category", "sample_rate")},
    )
