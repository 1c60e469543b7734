"""Helpers for people who write plugins and tests: a fake clock, an echo engine, a tiny app."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from fastapi import FastAPI

from antiphon import app
from antiphon.catalog.models import load_speech_models
from antiphon.domain.delivery import Cue, Part
from antiphon.domain.errors import AntiphonError
from antiphon.domain.ports import Language, Makers, SpeechMaker, Voice
from antiphon.domain.speech import Manner, SpeechPiece
from antiphon.domain.units import Milliseconds
from antiphon.house import open_house
from antiphon.kit.observe import Metrics
from antiphon.settings import load
from antiphon.store.folder import DataFolder

TEST_KEY = "test-key-of-at-least-24-characters"
"""The key of a tiny app."""


class FakeClock:
    """A clock that stands still until it is told to move.

    Args:
        start: Unix seconds at which it stands first.
    """

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._start = start
        self._passed = 0.0

    def now(self) -> float:
        """Unix seconds."""
        return self._start + self._passed

    def monotonic(self) -> float:
        """Seconds that were advanced so far."""
        return self._passed

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._passed += seconds


class EchoMaker:
    """A maker of speech whose sound is the text itself, in UTF-8, a piece for each part of the text.

    `manners` and `cues` are what it was asked for besides.

    Args:
        name: What it goes by; the default serves every model in the box.
        failure: Raised after `good` pieces.
        good: How many pieces come before the failure.
        capped: The last piece says that the sound was cut.
    """

    def __init__(
        self,
        *,
        name: str = "espeak",
        failure: AntiphonError | None = None,
        good: int = 0,
        capped: bool = False,
    ) -> None:
        self.name = name
        self.manners: list[Manner] = []
        self.cues: list[Cue] = []
        self.working = 0
        self._failure = failure
        self._good = good
        self._capped = capped
        self._up = False

    def voices(self) -> Sequence[Voice]:
        """One voice, Adrian."""
        return [Voice(id="Adrian", gender="male", description="an echo", accent="American")]

    def languages(self) -> Sequence[Language]:
        """English."""
        return [Language(code="en", name="English")]

    async def start(self) -> None:
        """Come up."""
        self._up = True

    async def close(self) -> None:
        """Go down."""
        self._up = False

    def ready(self) -> bool:
        """Whether it is up."""
        return self._up

    @contextlib.asynccontextmanager
    async def speak(self, text: AsyncIterator[Part], manner: Manner) -> AsyncIterator[AsyncIterator[SpeechPiece]]:
        """Give the text back."""
        self.manners.append(manner)
        self.working += 1
        try:
            yield self._pieces(text)
        finally:
            self.working -= 1

    async def _pieces(self, text: AsyncIterator[Part]) -> AsyncIterator[SpeechPiece]:
        spoken = 0
        async for part in text:
            if not isinstance(part, str):
                self.cues.append(part)
                continue
            if self._failure is not None and spoken == self._good:
                raise self._failure
            spoken += 1
            yield SpeechPiece(audio=part.encode(), duration=Milliseconds(1000 * spoken))
        if self._failure is not None:
            raise self._failure
        yield SpeechPiece(audio=b"", duration=Milliseconds(1000 * spoken), last=True, capped=self._capped)


@contextlib.asynccontextmanager
async def tiny_app(folder: Path, maker: SpeechMaker, **settings: object) -> AsyncIterator[FastAPI]:
    """The whole application on a folder of its own, with one maker and one key, `TEST_KEY`.

    Args:
        folder: Where its data goes.
        maker: Its only maker.
        **settings: As the fields of `Settings`.
    """
    clock = FakeClock()
    chosen = load(data=folder, bootstrap_key=TEST_KEY, **settings)
    with DataFolder.claim(folder) as claimed:
        async with open_house(claimed, chosen, clock) as house:
            await house.first_start(chosen, remember=lambda _key: None)
            made = app.create(
                chosen,
                house=house,
                models=load_speech_models(),
                makers=Makers(speech={maker.name: maker}),
                metrics=Metrics(),
                public_url=app.PublicUrl("http://antiphon"),
            )
            async with made.router.lifespan_context(made):
                yield made
