"""The voices that clients may name, and which of a maker's own stands in for each."""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal
from uuid import UUID, uuid5

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


def load_voices() -> VoiceBook:
    """All voices in the box."""
    return VoiceBook(voice for name in _FILES for voice in _read(name))


def cast(voices: Iterable[NamedVoice], makers_own: Sequence[Voice]) -> Mapping[UUID, str]:
    """Choose a voice of a maker's for each of the vendors'.

    It is of the same gender and, where it speaks English, of the same accent; of these, the one that the fewest
    others have who share vendor, models and locale. The hardest to please choose first, so that no two have the
    same where that can be avoided. The choice depends on the two lists alone.

    Returns:
        Ids of the maker's voices, by the id of the voice they stand in for; none, where the maker has none.
    """
    if not makers_own:
        return {}
    groups: dict[tuple[object, ...], list[NamedVoice]] = defaultdict(list)
    for voice in voices:
        groups[voice.vendor, voice.models, voice.locale].append(voice)
    return {id_: chosen for group in groups.values() for id_, chosen in _cast_group(group, makers_own)}


def _cast_group(group: Iterable[NamedVoice], makers_own: Sequence[Voice]) -> Iterator[tuple[UUID, str]]:
    taken: Counter[str] = Counter()
    wishes = [(voice, _suited(voice, makers_own)) for voice in group]
    for voice, suited in sorted(wishes, key=lambda wish: len(wish[1])):
        chosen = min(suited, key=lambda own: taken[own.id])
        taken[chosen.id] += 1
        yield voice.id, chosen.id


def _suited(voice: NamedVoice, makers_own: Sequence[Voice]) -> Sequence[Voice]:
    """The best of the maker's voices; all of them where none is of that gender."""
    alike = [own for own in makers_own if voice.gender in {"neutral", own.gender}] or makers_own
    if voice.language != _ENGLISH:
        return alike
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
        **{key: facts[key] for key in ("name", "gender", "accent", "language", "locale", "category", "sample_rate")},
    )
