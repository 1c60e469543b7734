"""What stands around a song to be looked at: its cover, and a film of it where one is wanted."""

from collections.abc import Mapping
from pathlib import Path

import structlog
from pydantic import TypeAdapter

from antiphon.domain.errors import AntiphonError
from antiphon.domain.ports import SleeveMaker
from antiphon.domain.sleeves import SleeveWish
from antiphon.domain.songs import SongMade, SungWord

_WORDS = TypeAdapter(tuple[SungWord, ...])

log = structlog.get_logger("antiphon.gallery")


class Gallery:
    """The use case of covers and films. A song without them is a song all the same.

    Args:
        maker: Who makes them; None where nobody does.
    """

    def __init__(self, maker: SleeveMaker | None) -> None:
        self._maker = maker

    async def shown(self, made: SongMade, *, film: bool, seed: int, folder: Path) -> Mapping[str, Path]:
        """What there is to be looked at, by the endings of its files: "jpg", and "mp4" where a film is wanted.

        Args:
            made: The song; for a film with its sound, and its words.
            film: Whether one is wanted.
            seed: What chance is drawn from.
            folder: Where the files go.
        """
        if self._maker is None:
            return {}
        wish = SleeveWish(title=made.title, style=made.style, lyrics=made.lyrics, seed=seed)
        found: dict[str, Path] = {}
        try:
            await self._maker.cover(wish, file=folder / "cover.jpg")
            found["jpg"] = folder / "cover.jpg"
            audio = made.files.get("mp3") or made.files.get("wav")
            if film and audio is not None:
                words = _WORDS.validate_json(made.files["words"].read_bytes()) if "words" in made.files else ()
                await self._maker.film(
                    wish, cover=found["jpg"], audio=audio, words=words, file=folder / "film.mp4", told=_nobody
                )
                found["mp4"] = folder / "film.mp4"
        except (AntiphonError, OSError) as failure:
            log.warning("a song has nothing to be looked at", failure=type(failure).__name__)
        return found


def _nobody(_share: float) -> None:
    """Nobody asks."""
