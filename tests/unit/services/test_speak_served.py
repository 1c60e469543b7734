"""Which models somebody serves, and who."""

import pytest

from antiphon.catalog.models import load_speech_models
from antiphon.engines.tone.backend import ToneMaker
from antiphon.services.speak import Speak
from antiphon.testing import EchoMaker

MODELS = load_speech_models()
MAKERS = {maker.name: maker for maker in (EchoMaker(), ToneMaker())}


@pytest.mark.parametrize(
    ("makers", "stand_ins", "expected"),
    [
        (("espeak", "tone"), True, ["tts-rt-v1", "tts-rt-v1-preview", "tts-rt-v2", "tone"]),
        (("espeak", "tone"), False, ["tone"]),
        (("espeak",), True, ["tts-rt-v1", "tts-rt-v1-preview", "tts-rt-v2"]),
        ((), True, []),
    ],
)
def test_what_is_listed_can_be_asked_for(makers: tuple[str, ...], stand_ins: bool, expected: list[str]) -> None:
    speak = Speak(MODELS, {name: MAKERS[name] for name in makers}, stand_ins=stand_ins)
    assert [plan.model.id for plan in speak.served("soniox")] == expected


def test_a_model_of_another_dialect_is_not_listed() -> None:
    assert Speak(MODELS, MAKERS, stand_ins=True).served("sonna") == []


def test_a_listing_says_who_serves() -> None:
    plans = Speak(MODELS, MAKERS, stand_ins=True).served("soniox")
    assert [plan.maker.name for plan in plans] == ["espeak"] * 3 + ["tone"]
