"""The voices that clients may name, and who stands in for them."""

from collections import Counter
from uuid import UUID

import pytest

from antiphon.catalog.sonna import SonnaSpeech
from antiphon.catalog.voices import NamedVoice, cast, load_voices
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
        assert voice.gender in {OWN[CASTING[voice.id]].gender, "neutral"}, voice.name
        assert voice.language in spoken, voice.name


def test_a_stand_in_in_english_has_the_accent() -> None:
    english = [voice for voice in BOOK.all if voice.language == "en"]
    others = {voice.name for voice in english if voice.accent not in ENGLISH}
    assert others == {"Callum", "Charlotte"}  # Transatlantic and Swedish: nobody has those.
    for voice in english:
        assert voice.name in others or OWN[CASTING[voice.id]].accent == ENGLISH[voice.accent], voice.name


def test_elevenlabs_voices_have_stand_ins_of_their_own_but_for_one_american_man_too_many() -> None:
    shared = Counter(CASTING[voice.id] for voice in of("elevenlabs"))
    assert [count for count in shared.values() if count > 1] == [2]
    men = [voice for voice in of("elevenlabs") if (voice.gender, voice.accent) == ("male", "US American")]
    assert len(men) == 7 > sum((own.gender, own.accent) == ("male", "American") for own in OWN.values())


def test_the_voices_of_a_language_in_one_family_have_stand_ins_of_their_own() -> None:
    foreign = [voice for voice in of("google") if voice.language != "en"]
    assert set(Counter((voice.models, voice.locale, CASTING[voice.id]) for voice in foreign).values()) == {1}


def test_the_choice_is_the_same_every_time() -> None:
    assert cast(BOOK.all, tuple(OWN.values())) == CASTING
    names = {name: CASTING[BOOK.find(name).id] for name in ("Alice", "Lily", "George", "Charlie", "Kore")}
    assert names == {"Alice": "Isla", "Lily": "Victoria", "George": "Arthur", "Charlie": "Cooper", "Kore": "Nina"}


def test_a_maker_of_one_voice_stands_in_for_all() -> None:
    only = Voice(id="Adrian", gender="male", description="", accent="American")
    assert set(cast(BOOK.all, [only]).values()) == {"Adrian"}


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
