"""The plugins in the box. They come in by the same door as strangers: a dotted path to a `Plugin`."""

BUILTIN = (
    "antiphon.engines.espeak:PLUGIN",
    "antiphon.engines.song:PLUGIN",
    "antiphon.engines.sleeve:PLUGIN",
    "antiphon.engines.painter:PLUGIN",
    "antiphon.engines.film:PLUGIN",
    "antiphon.engines.listen:PLUGIN",
    "antiphon.engines.tone:PLUGIN",
)
