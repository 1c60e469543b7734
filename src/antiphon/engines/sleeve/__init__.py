"""Makes what stands around a song to be looked at: its cover, and a film with its lyrics in time."""

from antiphon.domain.ports import Plugin, SleeveMaker


def _sleeves() -> SleeveMaker:
    from antiphon.engines.sleeve.maker import LocalSleeveMaker  # noqa: PLC0415 - only who wants covers needs it

    return LocalSleeveMaker()


PLUGIN = Plugin(name="sleeve", sleeves=_sleeves)
