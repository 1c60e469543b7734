"""Taking songs apart: what a worker does with a job of the kind "stems".

Each stem becomes a clip of its own, of which files can be had like those of any. A song that was made here is played
again part by part; a recording is taken apart by listening, so that what is heard in its stems is the recording.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import TypeAdapter

from antiphon.domain.errors import InvalidRequest, NotFound
from antiphon.domain.jobs import Fault, Job
from antiphon.domain.money import MilliCredits
from antiphon.domain.ports import SongMaker
from antiphon.domain.songs import Clip, SongForm, SongWish, StemSet
from antiphon.services.clips import Clips
from antiphon.services.exports import SUNG
from antiphon.services.hooks import Hook, Letter, messages
from antiphon.services.recorded import Recorded
from antiphon.services.scratch import scratch
from antiphon.services.songs import Outcome
from antiphon.services.submit import usage
from antiphon.services.trades import Receipt, Tell

KIND = "stems"

_FORMS: tuple[SongForm, ...] = ("stems",)

_HEARD: Mapping[StemSet, Literal[2, 4]] = {"basic": 2, "four": 4, "full": 4}
"""Into how many stems a recording is taken apart: more cannot be told apart by listening."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a job asks for.

    Args:
        clip: What is taken apart.
        stems: Into which stems.
        first: The id of the first of them; the others' are made with them, for nobody knows how many there will be.
        route: For the request log.
        listed: What it costs without a discount, for the request log; None for what it is charged.
        hook: Who is told how it ended, if anybody is.
    """

    clip: UUID
    stems: StemSet
    first: UUID
    route: str
    listed: MilliCredits | None = None
    hook: Hook | None = None


_ORDER = TypeAdapter(Order)
_OUTCOME = TypeAdapter(Outcome)


def packed(order: Order) -> bytes:
    """An order, for a job."""
    return _ORDER.dump_json(order)


class Stems:
    """The trade of stems.

    Args:
        maker: Who plays songs again.
        clips: Where they are kept.
        recorded: Takes recordings apart.
        letter: What is told of a job that has ended: the event and the body.
    """

    def __init__(self, maker: SongMaker, *, clips: Clips, recorded: Recorded, letter: Letter) -> None:
        self._maker = maker
        self._clips = clips
        self._recorded = recorded
        self._letter = letter

    async def work(self, job: Job, tell: Tell) -> bytes:
        """Take a song apart; see `Trade.work`."""
        order = _ORDER.validate_json(job.asked)
        try:
            song = await self._clips.find(job.account_id, order.clip)
            score = await self._clips.score(job.account_id, order.clip)
        except NotFound:
            raise InvalidRequest("unknown_clip", "clip_id") from None
        with scratch() as folder:
            stems = await self._apart(song, score, order, folder, tell)
            made = [await self._clip(job, order, song, name, stems) for name in stems]
        # Not before all of them are there: of what is paid back nothing can be made.
        for clip in made:
            await self._clips.remember(job.account_id, clip, score)
        return _OUTCOME.dump_json(Outcome(clips=tuple(made)))

    def receipt(self, job: Job, outcome: bytes | Fault, *, at: float) -> Receipt:
        """What is written down; see `Trade.receipt`."""
        order = _ORDER.validate_json(job.asked)
        fault = outcome if isinstance(outcome, Fault) else None
        row = usage(
            job,
            route=order.route,
            model="",
            engine=self._maker.name,
            status=500 if fault else 200,
            code=fault.code if fault else "",
            at=at,
        )
        row = replace(row, listed=job.price if order.listed is None else order.listed)
        return Receipt(usage=row, messages=tuple(messages(job, order.hook, self._letter, outcome, at=at)))

    async def _apart(self, song: Clip, score: bytes, order: Order, folder: Path, tell: Tell) -> Mapping[str, Path]:
        """The stems as MP3, by name, in the order of a mixing desk."""
        if song.origin == "uploaded":
            return await self._recorded.stems(song, _HEARD[order.stems], folder)
        wish = SongWish(verb="perform", seed=0, sources=(score,), stems=order.stems)
        return (await self._maker.make(wish, forms=_FORMS, folder=folder, told=tell)).stems

    async def _clip(self, job: Job, order: Order, song: Clip, name: str, stems: Mapping[str, Path]) -> Clip:
        id_ = order.first if name == next(iter(stems)) else self._clips.new_id()
        words = name.replace("_", " ")
        return Clip(
            id=id_,
            # What is heard in a stem of a recording is the recording.
            origin="uploaded" if song.origin == "uploaded" else "stem",
            title=f"{song.title} ({words.title()})",
            style=words,
            lyrics=song.lyrics if SUNG in name else "",
            seconds=song.seconds,
            tempo=song.tempo,
            model=song.model,
            created_at=job.created_at,
            parents=(song.id,),
            stem=name,
            files={
                "mp3": await self._clips.publish(id_, stems[name], "mp3"),
                **{suffix: url for suffix, url in song.files.items() if suffix == "jpg"},
            },
        )
