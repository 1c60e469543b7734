"""What Sonna offers in speech: its models, and the voices they speak with."""

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Self
from uuid import UUID

from antiphon.catalog.voices import NamedVoice, StandIn, VoiceBook, cast, load_voices
from antiphon.domain.delivery import PLAIN
from antiphon.domain.errors import ModelUnavailable
from antiphon.domain.models import SpeechModel
from antiphon.domain.ports import SpeechMaker, Voice

_NOBODY = StandIn(voice="", delivery=PLAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class SonnaModel:
    """A model of speech as Sonna sells it.

    Args:
        speech: As `services.speak` knows it.
        description: For people.
        provider: What Sonna calls its vendor in the list of models.
        category: Sonna's group of models.
        characters: The longest text, in code points.
        takes: Which fields act besides speed, such as "pitch"; "tags" are those in the text.
        any_language: Whether it speaks the language of the text, instead of the voice's own.
    """

    speech: SpeechModel
    description: str
    provider: str
    category: str
    characters: int
    takes: frozenset[str]
    any_language: bool

    @property
    def id(self) -> str:
        """Its name in requests."""
        return self.speech.id


@dataclass(frozen=True, slots=True, kw_only=True)
class SonnaSpeech:
    """Models, voices, and who stands in.

    Args:
        models: By id.
        voices: All voices.
        casting: Who stands in, by the id of the voice asked for.
    """

    models: Mapping[str, SonnaModel]
    voices: VoiceBook
    casting: Mapping[UUID, StandIn]

    @classmethod
    def load(cls, makers_own: Sequence[Voice]) -> Self:
        """What is in the box, spoken with the voices of a maker."""
        voices = load_voices()
        return cls(
            models={model.id: model for model in load_sonna_models()},
            voices=voices,
            casting=cast(voices.all, makers_own),
        )

    def stand_in(self, voice: NamedVoice) -> StandIn:
        """Who speaks for a voice; whom nobody knows, where no maker is there."""
        return self.casting.get(voice.id, _NOBODY)

    def model_for(self, voice: NamedVoice, wanted: str | None) -> SonnaModel:
        """The model that serves a voice: the one that was asked for, if it is among the voice's; else its usual one.

        Raises:
            ModelUnavailable: "unknown_model": nobody has the one that was asked for.
        """
        if wanted is not None and wanted not in self.models:
            raise ModelUnavailable("unknown_model", "ttsModel")
        return self.models[wanted if wanted in voice.models else voice.models[0]]


def first_voices(makers: Mapping[str, SpeechMaker]) -> Sequence[Voice]:
    """The voices that stand in for vendors': those of the first maker that the vendors' models name."""
    names = (name for model in load_sonna_models() for name in model.speech.makers)
    return next((makers[name].voices() for name in names if name in makers), ())


@functools.cache
def load_sonna_models() -> tuple[SonnaModel, ...]:
    """The models, in the catalogue's order."""
    text = resources.files(__package__).joinpath("sonna_speech.toml").read_text(encoding="utf-8")
    return tuple(_model(entry) for entry in tomllib.loads(text)["model"])


def _model(entry: dict[str, Any]) -> SonnaModel:
    slowest, fastest = entry.pop("speed")
    speech = SpeechModel(
        dialect="sonna",
        makers=tuple(entry.pop("makers")),
        speed=(slowest, fastest),
        silence_reduction=False,
        **{key: entry.pop(key) for key in ("id", "name", "vendor")},
    )
    return SonnaModel(speech=speech, takes=frozenset(entry.pop("takes")), **entry)
