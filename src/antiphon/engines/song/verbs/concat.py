"""A song and what goes on from it, as one."""

from dataclasses import replace

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.score import Score
from antiphon.engines.song.verbs.alike import linked
from antiphon.engines.song.verbs.splice import cut, joined


def concatenated(source: Score, extension: Score) -> Score:
    """The source up to the bar at which the extension begins, then the extension; what the source is called.

    Raises:
        InvalidRequest: "no_extension": it goes on from nothing, or the source has no such bar; "meter", "language":
            those of another song.
    """
    seam = extension.credits.seam
    if seam is None or seam > source.bars:
        raise InvalidRequest("no_extension", "extension", seam=seam, bars=source.bars)
    whole = linked(joined(cut(source, 0, seam), extension)) if seam else extension
    return replace(
        whole,
        title=source.title,
        seed=source.seed,
        key=source.key,
        swing=source.swing,
        credits=source.credits,
        master=source.master,
    )
