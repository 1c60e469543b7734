"""The song engine as the server sees it: a wish in, files out, the work in a process of its own for each song.

Nothing here reads a score or needs numpy: a server has neither time nor room for it.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from antiphon.domain.errors import InvalidRequest, Unavailable, UnavailableCause
from antiphon.domain.songs import SongForm, SongMade, SongWish, SongWords
from antiphon.domain.speech import Likeness
from antiphon.domain.units import Seconds
from antiphon.engines.song.crew import SongFailed, answered, made
from antiphon.engines.song.making import Wished
from antiphon.engines.song.question import WhatWords, WhichStyle, WhoSings
from antiphon.engines.song.task import Files, Progressed, Task
from antiphon.engines.song.verbs.persona import singer_of
from antiphon.engines.song.written import dump_singer

_STAGES = {"write": 0.0, "play": 0.05, "sing": 0.45, "mix": 0.7, "master": 0.75, "encode": 0.85}
"""Where each stage begins, near enough for people."""
_ENDS = (*list(_STAGES.values())[1:], 1.0)
_FILES: Mapping[SongForm, tuple[str, str]] = {
    "mp3": ("mp3", "song.mp3"),
    "m4a": ("m4a", "song.m4a"),
    "wav": ("wav", "song.wav"),
    "midi": ("midi", "song.mid"),
    "notes": ("notes", "notes.json"),
    "words": ("sung", "words.json"),
    "stems": ("stems", "stems"),
}
"""Of each form what `task.Files` calls it, and its file. While the MP3 is written, `ports.GROWING` begins its name."""

_FOREVER = Seconds(86_400.0)


class LocalSongMaker:
    """Makes songs on this machine."""

    @property
    def name(self) -> str:
        """What the request log calls this maker."""
        return "song"

    async def make(
        self,
        wish: SongWish,
        *,
        forms: Collection[SongForm],
        folder: Path,
        told: Callable[[str, float], None],
    ) -> SongMade:
        """Make a song; see `SongMaker.make`."""
        paths = {form: folder / _FILES[form][1] for form in forms}
        memory = folder / "score.json"
        try:
            found = await made(_task(wish, paths, memory), lambda progress: told(*_passed(progress)))
        except SongFailed as failure:
            raise Unavailable(UnavailableCause.MAKER_DIED) from failure
        stems = paths.pop("stems", folder)
        return SongMade(
            title=found.title,
            style=found.tags,
            lyrics=found.lyrics,
            seconds=found.seconds,
            tempo=found.tempo,
            files=paths,
            stems={name: stems / f"{name}.mp3" for name in found.stems},
            memory=await asyncio.to_thread(memory.read_bytes),
        )

    async def singer(self, of: bytes | Likeness) -> bytes:
        """Somebody who sings like somebody; see `SongMaker.singer`."""
        if isinstance(of, Likeness):
            return dump_singer(singer_of(of))
        return (await answered(WhoSings(song=of.decode(errors="replace")))).text.encode()

    async def words(self, description: str, *, count: int, seed: int) -> Sequence[SongWords]:
        """Lyrics; see `SongMaker.words`."""
        return (await answered(WhatWords(description=description, count=count, seed=seed))).words

    async def tags(self, tags: str) -> str:
        """A style, in more words; see `SongMaker.tags`."""
        return (await answered(WhichStyle(tags=tags))).text


def _task(wish: SongWish, paths: Mapping[SongForm, Path], memory: Path) -> Task:
    """What a worker is to do.

    Raises:
        InvalidRequest: There is no such take, stem or stretch.
    """
    files = Files(**{_FILES[form][0]: path for form, path in paths.items()}, score=memory)
    return Task(
        making=Wished(wish=wish),
        files=files,
        take=wish.take,
        stem_set=wish.stems,
        stem_form="mp3",
        only=wish.stem,
        between=_between(wish),
    )


def _between(wish: SongWish) -> tuple[Seconds, Seconds] | None:
    """What of a song that is played again is cut out.

    Raises:
        InvalidRequest: "out_of_range": nothing is there.
    """
    if wish.verb != "perform" or (wish.start is None and wish.end is None):
        return None
    start, end = wish.start or Seconds(0.0), _FOREVER if wish.end is None else wish.end
    if not 0.0 <= start < end:
        raise InvalidRequest("out_of_range", "end", low=start)
    return start, end


def _passed(progress: Progressed) -> tuple[str, float]:
    """A stage, and how much of the whole is done."""
    begin, end = _STAGES[progress.stage], _ENDS[list(_STAGES).index(progress.stage)]
    return progress.stage, begin + (end - begin) * progress.share
