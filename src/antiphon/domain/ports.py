"""What a maker is. Engines and providers look the same through these."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from antiphon.domain.delivery import Part
from antiphon.domain.models import SpeechModel
from antiphon.domain.songs import SongMade, SongWish
from antiphon.domain.speech import Manner, SpeechPiece


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice as a maker offers it.

    Args:
        id: What requests name, such as "Adrian".
        gender: As heard.
        description: A few words on its character.
        accent: Of its English, such as "British".
    """

    id: str
    gender: Literal["male", "female", "neutral"]
    description: str
    accent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language as a maker offers it: its code and English name, and, where another stands in, which."""

    code: str
    name: str
    spoken_as: str | None = None


class SpeechMaker(Protocol):
    """Turns text into encoded speech."""

    @property
    def name(self) -> str:
        """What the reply header and the request log call this maker, such as "espeak"."""

    def voices(self) -> Sequence[Voice]:
        """All voices, in the order a list shows them."""

    def languages(self) -> Sequence[Language]:
        """All languages, by code."""

    def speak(
        self, text: AsyncIterator[Part], manner: Manner
    ) -> AbstractAsyncContextManager[AsyncIterator[SpeechPiece]]:
        """Speak a text that may still be arriving.

        Each item of `text` is spoken as soon as it is there, so items should end where a sentence or a
        phrase does. Leaving the context stops the work at once, finished or not. Items that are no text say how
        to go on; a maker passes over those that it cannot perform.

        Raises:
            Unavailable: The maker cannot start, or died on the way.
            DeadlineExceeded: It gave nothing for too long.
        """

    async def start(self) -> None:
        """Get ready; returns when the first request would be served without delay."""

    async def close(self) -> None:
        """Stop all work and every child."""

    def ready(self) -> bool:
        """Whether a request made now would be served."""


class SongMaker(Protocol):
    """Writes songs and performs them."""

    @property
    def name(self) -> str:
        """What the request log calls this maker, such as "song"."""

    async def make(self, wish: SongWish, *, folder: Path, told: Callable[[str, float], None]) -> SongMade:
        """Make a song. Cancelled, it leaves neither a process nor half a file.

        Args:
            wish: What is wanted.
            folder: An empty one of the caller's, for its files.
            told: Called with the name of a stage and how much of the whole is done, 0 to 1.

        Raises:
            InvalidRequest: There can be no such song.
            Unavailable: It could not be made here and now.
        """


class Enhancer(Protocol):
    """Puts tags such as [whispers] into texts, for whoever speaks them."""

    @property
    def name(self) -> str:
        """What the request log calls it, such as "rules"."""

    async def enhance(self, turns: Sequence[str]) -> Sequence[str]:
        """The texts of a conversation, or one alone, with tags put in; as many as were given, in their order.

        Raises:
            Unavailable, DeadlineExceeded: It could not be done now.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plugin's manifest: its name, and how to make each maker it has.

    Args:
        name: Unique, lower-case; what the catalogue's `makers` refer to.
        speech: Makes its `SpeechMaker`. Called once; the import of heavy parts belongs inside.
        songs: Makes its `SongMaker`, in the same way.
        models: Models of its own, besides those that the catalogue names it for.
    """

    name: str
    speech: Callable[[], SpeechMaker] | None = None
    songs: Callable[[], SongMaker] | None = None
    models: tuple[SpeechModel, ...] = ()
