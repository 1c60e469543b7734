"""Dubbing as the server sees it: files in and out, the work in a process of its own for each."""

from collections.abc import Mapping
from pathlib import Path

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.domain.songs import SongForm
from antiphon.engines.dub.task import Dub, packed
from antiphon.kit.errand import Errand, running

_WORKER = "antiphon.engines.dub.worker"
_SECRET = "ANTIPHON_"  # noqa: S105 - what variables with keys and passwords begin with


async def dub(source: Path, files: Mapping[SongForm, Path]) -> None:
    """Have sound in other files. Cancelled, it leaves no process.

    Args:
        source: An MP3; or, with the ending ".pcm", two channels of 16 bits, little-endian, 44,100 a second.
        files: Where it is wanted as "mp3", "m4a" and "wav"; in a folder of the caller's.

    Raises:
        Unavailable: It cannot be done here and now.
    """
    order = Dub(source=str(source), files={form: str(path) for form, path in files.items()})
    async with running(Errand(module=_WORKER, order=packed(order), withheld=_SECRET)) as worker:
        if await worker.status() != 0:
            raise Unavailable(UnavailableCause.MAKER_DIED)
