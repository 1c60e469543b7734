"""What a maker is. Engines and providers look the same through these."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from antiphon.domain.delivery import Part
from antiphon.domain.films import FilmMade, FilmWish
from antiphon.domain.heard import Heard, HearingFault, Wanted
from antiphon.domain.models import SpeechModel
from antiphon.domain.pictures import PictureMade, PictureWish
from antiphon.domain.sleeves import SleeveWish
from antiphon.domain.songs import SongForm, SongMade, SongWish, SongWords, SungWord
from antiphon.domain.speech import Likeness, Manner, SpeechPiece


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


GROWING = ".song.mp3."
"""What the name of an MP3 that is being written begins with: what is there of it can be played."""


ENCODE = "encode"
"""The stage from which on a song can be heard as far as it is written."""


class SongMaker(Protocol):
    """Writes songs and performs them."""

    @property
    def name(self) -> str:
        """What the request log calls this maker, such as "song"."""

    async def make(
        self,
        wish: SongWish,
        *,
        forms: Collection[SongForm],
        folder: Path,
        told: Callable[[str, float], None],
    ) -> SongMade:
        """Make a song. Cancelled, it leaves neither a process nor half a file.

        Args:
            wish: What is wanted.
            forms: The files that are; none for the memory alone.
            folder: An empty one of the caller's, for its files. While the MP3 is written, a file that grows is there
                whose name begins with `GROWING`.
            told: Called with the name of a stage and how much of the whole is done, 0 to 1.

        Raises:
            InvalidRequest: There can be no such song.
            Unavailable: It could not be made here and now.
        """

    async def singer(self, of: bytes | Likeness) -> bytes:
        """Somebody who sings like who sings a song, by its memory, or like who speaks in a clip: `SongWish.singer`.

        Raises:
            InvalidRequest: "no_voice": nobody sings in it.
        """

    async def words(self, description: str, *, count: int, seed: int) -> Sequence[SongWords]:
        """Lyrics on what is described, so many of them, each another; the same for the same seed.

        Raises:
            Unavailable: They could not be written here and now.
        """

    async def tags(self, tags: str) -> str:
        """A style described more fully than by its tags, in words that `SongWish.style` takes."""


COPY = "copy"
"""What a listener calls the recording itself, encoded anew."""


class Listener(Protocol):
    """Hears what is in recordings that were not made here."""

    async def hear(
        self,
        file: bytes,
        wanted: Wanted,
        *,
        told: Callable[[str], None],
        kept: Callable[[str, bytes], None],
    ) -> Heard | HearingFault:
        """What is heard in a recording, or why nothing is.

        A file that breaks its listener, or needs more memory or time than any should, is unreadable.

        Args:
            file: As somebody made it.
            wanted: What to listen for.
            told: Called with the name of each stage as it begins.
            kept: Called with a stem's name and some of its sound, in order, where stems are wanted: two channels of
                16 bits, little-endian, 44,100 a second. With `COPY` and some of an MP3 where that is.

        Raises:
            Unavailable: It cannot listen here and now: MAKER_NOT_READY where what it needs is not installed.
        """

    async def close(self) -> None:
        """Stop all work and every child."""


class SleeveMaker(Protocol):
    """Makes what stands around a song to be looked at."""

    @property
    def name(self) -> str:
        """What the request log calls this maker, such as "sleeve"."""

    async def cover(self, wish: SleeveWish, *, file: Path) -> None:
        """Make a cover, as a square JPEG. Cancelled, it leaves neither a process nor half a file.

        Raises:
            InvalidRequest: There can be no such cover.
            Unavailable: It could not be made here and now.
        """

    async def film(
        self,
        wish: SleeveWish,
        *,
        cover: Path,
        audio: Path,
        words: Sequence[SungWord],
        file: Path,
        told: Callable[[float], None],
    ) -> None:
        """Make a film of a song, as MP4: its cover, how it sounds, and its lyrics in time. Cancelled as `cover`.

        Args:
            wish: Whose film.
            cover: As it was made, or another JPEG or PNG.
            audio: The song, as it was made.
            words: What is sung, in order; none for an instrumental.
            file: Where to.
            told: Called with how much of the whole is done, 0 to 1.

        Raises:
            InvalidRequest: The cover or the song cannot be used.
            Unavailable: It could not be made here and now.
        """


class PictureMaker(Protocol):
    """Makes pictures from prompts."""

    @property
    def name(self) -> str:
        """What the request log calls this maker, such as "painter"."""

    async def look(self, file: bytes) -> bytes:
        """What a picture that somebody gave is like, for wishes: see `PictureWish.like`.

        A file that breaks whoever looks at it, or needs more memory or time than any should, is unreadable.

        Raises:
            InvalidRequest: "unreadable": it is no PNG, JPEG or WebP; "too_large".
        """

    async def paint(self, wish: PictureWish, *, folder: Path, told: Callable[[float], None]) -> Sequence[PictureMade]:
        """Make pictures. Cancelled, it leaves neither a process nor half a file.

        Args:
            wish: What is wanted.
            folder: An empty one of the caller's, for their files.
            told: Called with how much of the whole is done, 0 to 1.

        Raises:
            InvalidRequest: There can be no such picture.
            Unavailable: They could not be made here and now.
        """


class FilmMaker(Protocol):
    """Makes short films from prompts."""

    @property
    def name(self) -> str:
        """What the request log calls this maker, such as "film"."""

    async def look(self, file: bytes) -> bytes:
        """What a picture that somebody gave is like, for wishes: as `PictureMaker.look`."""

    async def make(self, wish: FilmWish, *, folder: Path, told: Callable[[float], None]) -> FilmMade:
        """Make a film; as `PictureMaker.paint`."""


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
        sleeves: Makes its `SleeveMaker`, in the same way.
        pictures: Makes its `PictureMaker`, in the same way.
        films: Makes its `FilmMaker`, in the same way.
        listener: Makes its `Listener`, given a folder that stays, for what it compiles; None where what it needs is
            not installed.
        models: Models of its own, besides those that the catalogue names it for.
    """

    name: str
    speech: Callable[[], SpeechMaker] | None = None
    songs: Callable[[], SongMaker] | None = None
    sleeves: Callable[[], SleeveMaker] | None = None
    pictures: Callable[[], PictureMaker] | None = None
    films: Callable[[], FilmMaker] | None = None
    listener: Callable[[Path], Listener | None] | None = None
    models: tuple[SpeechModel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """Who makes what; None where nobody does.

    Args:
        speech: Who speaks, by name.
        songs: Who makes songs.
        listener: Who hears recordings.
        sleeves: Who makes covers and films of songs.
        pictures: Who makes pictures.
        films: Who makes films.
    """

    speech: Mapping[str, SpeechMaker] = field(default_factory=dict)
    songs: SongMaker | None = None
    listener: Listener | None = None
    sleeves: SleeveMaker | None = None
    pictures: PictureMaker | None = None
    films: FilmMaker | None = None
