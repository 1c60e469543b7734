"""The voices that clients may name, and who stands in for them."""

import math
from collections import Counter
from itertools import combinations
from uuid import UUID

import pytest

from antiphon.catalog.sonna import SonnaSpeech
from antiphon.catalog.voices import NamedVoice, cast, load_shades, load_voices
from antiphon.domain.delivery import PLAIN
from antiphon.domain.errors import ModelUnavailable
from antiphon.domain.ports import Voice
from antiphon.engines.espeak.backend import EspeakMaker

BOOK = load_voices()
OWN = {voice.id: voice for voice in EspeakMaker().voices()}
CASTING = cast(BOOK.all, tuple(OWN.values()))
ENGLISH = {"US American": "American", "British": "British", "Australian": "Australian", "Indian": "Indian"}

# Kept by clients: a change here breaks them.
IDS = {
    "Alice": "c692e0f3-0c68-5cc6-b147-2575b18de4c3",
    "George": "d32562eb-8b9b-505b-9416-cd31c83f485e",
}


def of(vendor: str) -> list[NamedVoice]:
    return [voice for voice in BOOK.all if voice.vendor == vendor]


def test_all_voices_of_the_published_lists_are_there() -> None:
    assert Counter(voice.vendor for voice in BOOK.all) == {"elevenlabs": 20, "gemini": 30, "google": 66 + 180}
    families = Counter(voice.models for voice in of("google"))
    assert families == {("google-neural2",): 66, ("google-wavenet",): 180}


def test_ids_never_change() -> None:
    assert [str(BOOK.find(name).id) for name in ("Alice", "George")] == [IDS["Alice"], IDS["George"]]
    assert {voice.id.version for voice in BOOK.all} == {5}
    assert len({voice.id for voice in BOOK.all}) == len(BOOK.all)


def test_every_voice_is_found_by_each_of_its_names() -> None:
    for voice in BOOK.all:
        names = (str(voice.id), str(voice.id).upper(), voice.vendor_id, voice.vendor_id.lower(), voice.name)
        assert [BOOK.find(name) for name in names] == [voice] * len(names)


@pytest.mark.parametrize("name", ["", "nobody", "id-ID-Neural2-A", "en-US-Neural2-B", str(UUID(int=0))])
def test_what_is_no_voice_is_not_found(name: str) -> None:
    assert BOOK.find(name) is None


@pytest.mark.parametrize(
    ("name", "gender", "language", "locale", "accent"),
    [
        ("en-US-Neural2-D", "male", "en", "en-US", "US American"),
        ("en-GB-Wavenet-F", "female", "en", "en-GB", "British"),
        ("cmn-CN-Wavenet-B", "male", "zh", "cmn-CN", "Chinese"),
        ("fil-ph-Neural2-A", "female", "tl", "fil-ph", "Filipino"),
        ("fil-PH-Wavenet-C", "male", "tl", "fil-PH", "Filipino"),
        ("nb-NO-Wavenet-E", "female", "no", "nb-NO", "Norwegian"),
        ("id-ID-Wavenet-B", "male", "id", "id-ID", "Indonesian"),
        ("fr-FR-Wavenet-G", "male", "fr", "fr-FR", "French"),
        ("Puck", "male", "en", "en", "US American"),
        ("River", "neutral", "en", "en", "US American"),
        ("Charlie", "male", "en", "en", "Australian"),
    ],
)
def test_voices_are_as_published(name: str, gender: str, language: str, locale: str, accent: str) -> None:
    voice = BOOK.find(name)
    assert (voice.gender, voice.language, voice.locale, voice.accent) == (gender, language, locale, accent)


def test_every_stand_in_is_of_the_gender_and_speaks_the_language() -> None:
    spoken = {language.code for language in EspeakMaker().languages()}
    for voice in BOOK.all:
        assert voice.gender in {OWN[CASTING[voice.id].voice].gender, "neutral"}, voice.name
        assert voice.language in spoken, voice.name


def test_a_stand_in_in_english_has_the_accent() -> None:
    english = [voice for voice in BOOK.all if voice.language == "en"]
    others = {voice.name for voice in english if voice.accent not in ENGLISH}
    assert others == {"Callum", "Charlotte"}  # Transatlantic and Swedish: nobody has those.
    for voice in english:
        assert voice.name in others or OWN[CASTING[voice.id].voice].accent == ENGLISH[voice.accent], voice.name


def test_no_two_voices_of_a_vendor_and_a_language_have_the_same_stand_in() -> None:
    shared = Counter((voice.vendor, voice.language, CASTING[voice.id]) for voice in BOOK.all)
    assert [who for who, count in shared.items() if count > 1] == []


def test_shades_are_many_enough_and_no_two_are_nearly_the_same() -> None:
    for gender, shades in load_shades().items():
        assert shades[0] == PLAIN
        for one, other in combinations(shades, 2):
            apart = abs(math.log(one.tract / other.tract)) / 0.05 + abs(one.pitch - other.pitch)
            assert apart + abs(one.breath - other.breath) >= 1.5, (gender, one, other)


def test_every_style_of_geminis_is_heard() -> None:
    styles = {voice.style: voice.way for voice in of("gemini")}
    assert len(styles) > 20
    assert [style for style, way in styles.items() if way == PLAIN] == []


def test_the_choice_is_the_same_every_time() -> None:
    assert cast(BOOK.all, tuple(OWN.values())) == CASTING
    names = {name: CASTING[BOOK.find(name).id].voice for name in ("Alice", "Lily", "George", "Charlie", "Kore")}
    assert names == {"Alice": "Isla", "Lily": "Victoria", "George": "Arthur", "Charlie": "Cooper", "Kore": "Nina"}


def test_a_maker_of_one_voice_stands_in_for_all() -> None:
    only = Voice(id="Adrian", gender="male", description="", accent="American")
    assert {stand_in.voice for stand_in in cast(BOOK.all, [only]).values()} == {"Adrian"}


def test_without_a_maker_nobody_stands_in() -> None:
    assert cast(BOOK.all, ()) == {}


def test_every_model_of_a_voice_is_a_model() -> None:
    speech = SonnaSpeech.load(tuple(OWN.values()))
    assert {model for voice in BOOK.all for model in voice.models} == set(speech.models)
    assert all(speech.models[model].speech.vendor == voice.vendor for voice in BOOK.all for model in voice.models)


def test_a_model_nobody_has_is_told() -> None:
    speech = SonnaSpeech.load(tuple(OWN.values()))
    with pytest.raises(ModelUnavailable) as refused:
        speech.model_for(BOOK.find("Alice"), "tts-1")
    assert refused.value.reason == "unknown_model"
