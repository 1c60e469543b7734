"""Speech: who speaks, in which voice, and the stream of what they say."""

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from antiphon.domain.delivery import Part
from antiphon.domain.errors import DurationReached, InvalidRequest, ModelUnavailable, Unavailable, UnavailableCause
from antiphon.domain.models import SpeechModel
from antiphon.domain.ports import SpeechMaker
from antiphon.domain.speech import Manner, SpeechPiece
from antiphon.domain.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who will serve a request.

    Args:
        model: What was asked for.
        maker: Who does it.
        stands_in_for: The vendor whose model it is, where the maker is another.
    """

    model: SpeechModel
    maker: SpeechMaker
    stands_in_for: str | None


class Speak:
    """The use case of speech.

    Args:
        models: All models of speech.
        makers: Those that are up, by name.
        stand_ins: Whether a maker may answer for another vendor's model.
    """

    def __init__(self, models: Iterable[SpeechModel], makers: Mapping[str, SpeechMaker], *, stand_ins: bool) -> None:
        self._models = {model.id: model for model in models}
        self._makers = makers
        self._stand_ins = stand_ins
        self._voices = {name: {voice.id for voice in maker.voices()} for name, maker in makers.items()}
        self._languages = {name: {language.code for language in maker.languages()} for name, maker in makers.items()}

    def plan(self, model_id: str, *, voice: str, language: str, cloned: bool = False) -> Plan:
        """Choose the maker for a request.

        Args:
            model_id: What was asked for.
            voice: One that the maker lists, unless it is `cloned`.
            language: One that the maker lists.
            cloned: The voice was made from a clip.

        Raises:
            ModelUnavailable: The model is unknown, or nobody serves it.
            InvalidRequest: "unknown_voice" or "unknown_language" for the model.
        """
        model = self._models.get(model_id)
        if model is None:
            raise ModelUnavailable("unknown_model", "model")
        plan = self._first(model)
        if not (model.voice_cloning if cloned else voice in self._voices[plan.maker.name]):
            raise InvalidRequest("unknown_voice", "voice", voice=voice, model=model_id)
        if language not in self._languages[plan.maker.name]:
            raise InvalidRequest("unknown_language", "language", language=language, model=model_id)
        return plan

    def served(self, dialect: str) -> Sequence[Plan]:
        """Who would serve each model of a dialect, in the catalogue's order; models that nobody serves are left out."""
        plans = []
        for model in self._models.values():
            with contextlib.suppress(ModelUnavailable):
                plans += [self._first(model)] if model.dialect == dialect else []
        return plans

    def _first(self, model: SpeechModel) -> Plan:
        for name in model.makers:
            stands_in_for = None if name == model.vendor else model.vendor
            if name in self._makers and (self._stand_ins or stands_in_for is None):
                return Plan(model=model, maker=self._makers[name], stands_in_for=stands_in_for)
        raise ModelUnavailable("no_maker", "model")


def speak(
    plan: Plan, parts: tuple[Part, ...], manner: Manner
) -> AbstractAsyncContextManager[AsyncIterator[SpeechPiece]]:
    """Speak all parts of a text. Leaving the context stops the work."""
    return plan.maker.speak(_each(parts), manner)


@dataclass(slots=True, kw_only=True)
class Whole:
    """A whole speech on its way to a file.

    Args:
        longest: Seconds at which it would be cut.
        head: What stands before it.
        seconds: How long it lasts; known at its end.
    """

    longest: Seconds
    head: bytes = b""
    seconds: float = field(default=0.0, init=False)

    async def bytes_of(self, pieces: AsyncIterator[SpeechPiece]) -> AsyncIterator[bytes]:
        """The head, and then the sound.

        Raises:
            DurationReached: It was cut.
            Unavailable: It has no end.
        """
        yield self.head
        async for piece in pieces:
            yield piece.audio
            self.seconds = piece.duration / 1000
            if piece.capped:
                raise DurationReached(self.longest)
            if piece.last:
                return
        raise Unavailable(UnavailableCause.MAKER_DIED)


async def _each(parts: tuple[Part, ...]) -> AsyncIterator[Part]:
    for part in parts:
        yield part
