"""Speech by espeak-ng: every language, no weights, no network."""

from antiphon.domain.ports import Plugin, SpeechMaker


def _speech() -> SpeechMaker:
    from antiphon.engines.espeak.backend import EspeakMaker  # noqa: PLC0415 - only who speaks needs it

    return EspeakMaker()


PLUGIN = Plugin(name="espeak", speech=_speech)
