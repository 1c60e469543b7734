"""The sleeve engine as the server sees it: a wish in, a file out, the work in a process of its own for each.

No numpy is needed here: a server may use this in its main process.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from antiphon.domain.errors import InvalidRequest, Unavailable, UnavailableCause
from antiphon.domain.sleeves import SleeveWish
from antiphon.domain.songs import SungWord
from antiphon.engines.making import Limits, Progressed, Refused
from antiphon.engines.sleeve.order import CoverOrder, Done, Failed, FilmOrder, Order, packed, report_of
from antiphon.kit.errand import Errand, running
from antiphon.kit.parts import part_of

_WORKER = "antiphon.engines.sleeve.worker"
_SECRET = "ANTIPHON_"  # noqa: S105 - what variables with keys and passwords begin with
_USUAL = Limits()

Told = Callable[[float], None]


class SleeveFailed(Unavailable):
    """A cover or a film could not be made here and now.

    Args:
        reason: As `order.Failed`, or "died" where the worker did.
        detail: For people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(UnavailableCause.MAKER_DIED)
        self.reason = reason
        self.detail = detail


class LocalSleeveMaker:
    """Makes covers and films on this machine.

    Args:
        limits: What each may take.
    """

    def __init__(self, limits: Limits = _USUAL) -> None:
        self._limits = limits

    @property
    def name(self) -> str:
        """What the request log calls this maker."""
        return "sleeve"

    async def cover(self, wish: SleeveWish, *, file: Path) -> None:
        """Make a cover; see `SleeveMaker.cover`.

        Raises:
            SleeveFailed: It could not be made here and now.
        """
        await _done(CoverOrder(wish=wish, file=file, limits=self._limits), _unheard)

    async def film(
        self, wish: SleeveWish, *, cover: Path, audio: Path, words: Sequence[SungWord], file: Path, told: Told
    ) -> None:
        """Make a film; see `SleeveMaker.film`.

        Raises:
            InvalidRequest: "unreadable" or "too_long": the cover or the audio.
            SleeveFailed: It could not be made here and now.
        """
        order = FilmOrder(wish=wish, cover=cover, audio=audio, words=tuple(words), file=file, limits=self._limits)
        await _done(order, told)


def _unheard(_share: float) -> None:
    """Nobody looks."""


async def _done(order: Order, told: Told) -> None:
    errand = Errand(
        module=_WORKER,
        order=packed(order),
        withheld=_SECRET,
        begun=lambda process: [part_of(order.file, process)],
    )
    async with running(errand) as worker:
        async for line in worker.told():
            match report_of(line):
                case Progressed(share=share):
                    told(share)
                case Done():
                    return
                case Refused() as refusal:
                    raise InvalidRequest(refusal.reason, refusal.field, **refusal.facts)
                case Failed() as failure:
                    raise SleeveFailed(failure.reason, failure.detail)
        raise SleeveFailed("died", f"status {await worker.status()}")
