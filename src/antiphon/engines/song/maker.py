"""The song engine as the server sees it: a wish in, files out, the work in a process of its own for each song."""

from collections.abc import Callable
from pathlib import Path

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.songs import SongMade, SongWish
from antiphon.engines.song.brief import Request
from antiphon.engines.song.crew import SongFailed, made
from antiphon.engines.song.score import Score
from antiphon.engines.song.task import Concat, Cover, Create, Extend, Files, Making, Progressed, Remaster, Task
from antiphon.engines.song.verbs.again import Change
from antiphon.engines.song.written import load

_STAGES = {"write": 0.0, "play": 0.05, "sing": 0.45, "mix": 0.7, "master": 0.75, "encode": 0.85}
"""Where each stage begins, near enough for people."""
_ENDS = (*list(_STAGES.values())[1:], 1.0)


class LocalSongMaker:
    """Makes songs on this machine."""

    @property
    def name(self) -> str:
        """What the request log calls this maker."""
        return "song"

    async def make(self, wish: SongWish, *, folder: Path, told: Callable[[str, float], None]) -> SongMade:
        """Make a song; see `SongMaker.make`."""

        def progressed(progress: Progressed) -> None:
            begin = _STAGES[progress.stage]
            end = _ENDS[list(_STAGES).index(progress.stage)]
            told(progress.stage, begin + (end - begin) * progress.share)

        audio, memory = folder / "song.mp3", folder / "score.json"
        task = Task(making=making(wish), files=Files(mp3=audio, score=memory), take=wish.take)
        try:
            found = await made(task, progressed)
        except SongFailed as failure:
            raise Unavailable(UnavailableCause.MAKER_DIED) from failure
        return SongMade(
            title=found.title,
            style=found.style,
            lyrics=found.lyrics,
            seconds=found.seconds,
            bpm=found.bpm,
            audio=audio,
            memory=memory.read_bytes(),
        )


def making(wish: SongWish) -> Making:
    """What the engine is to do.

    Raises:
        InvalidRequest: The wish or one of its sources cannot be used.
    """
    sources = [load(source) for source in wish.sources]
    match wish.verb, sources:
        case "create", _:
            return Create(request=_request(wish))
        case "extend", [source]:
            return Extend(
                source=source, at=source.seconds if wish.at is None else wish.at, change=_change(wish, source)
            )
        case "concat", [source, extension]:
            return Concat(source=source, extension=extension)
        case "cover", [source]:
            return Cover(source=source, change=_change(wish, source))
        case "remaster", [source]:
            return Remaster(source=source, level=wish.level)
        case verb, _:
            raise ValueError(f"{verb} is not made of {len(sources)} songs")


def _request(wish: SongWish) -> Request:
    return Request(
        seed=wish.seed,
        title=wish.title,
        style=wish.style,
        negative=wish.negative,
        description=wish.description,
        lyrics=wish.lyrics,
        instrumental=wish.instrumental,
        gender=wish.gender,
        seconds=wish.seconds,
        style_weight=wish.style_weight,
        weirdness=wish.weirdness,
    )


def _change(wish: SongWish, source: Score) -> Change:
    """What shall be otherwise than in a source: what the wish says, and nothing else."""
    return Change(
        seed=wish.seed,
        title=wish.title or source.title,
        style=wish.style or None,
        negative=wish.negative or None,
        description=wish.description or None,
        lyrics=wish.lyrics,
        instrumental=wish.instrumental or None,
        gender=wish.gender,
        seconds=wish.seconds,
        style_weight=wish.style_weight,
        weirdness=wish.weirdness,
        audio_weight=wish.audio_weight,
    )
