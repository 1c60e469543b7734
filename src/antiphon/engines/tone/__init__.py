"""A tone instead of a voice: nothing to install, nothing to compute. For tests of clients, and of this server."""

from antiphon.domain.ports import Plugin, SpeechMaker


def _speech() -> SpeechMaker:
    from antiphon.engines.tone.backend import ToneMaker  # noqa: PLC0415 - only who wants a tone needs it

    return ToneMaker()


PLUGIN = Plugin(name="tone", speech=_speech)
