"""From what a task asks for to a score, by whichever verb. Only what that one needs is imported."""

from antiphon.engines.song.making import Create, Making, Perform, Wished
from antiphon.engines.song.score import Score


def song(making: Making, take: int = 1) -> Score:
    """What a verb makes of its sources: the same of the same.

    Args:
        making: The verb and its sources.
        take: As `studio.created`.

    Raises:
        InvalidRequest: As the verb, and `wished.verb_of`.
    """
    match making:
        case Wished():
            from antiphon.engines.song.wished import verb_of  # noqa: PLC0415

            return song(verb_of(making.wish), take)
        case Perform():
            return making.source
        case Create():
            from antiphon.engines.song.studio import created  # noqa: PLC0415

            return created(making.request, take)
        case _:
            from antiphon.engines.song.reworked import reworked  # noqa: PLC0415

            return reworked(making, take)
