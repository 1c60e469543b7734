"""Paints pictures from prompts: a brief, a scene, a picture. No weights, no network, one core."""

from antiphon.domain.ports import PictureMaker, Plugin


def _pictures() -> PictureMaker:
    from antiphon.engines.painter.maker import LocalPictureMaker  # noqa: PLC0415 - only who wants pictures needs it

    return LocalPictureMaker()


PLUGIN = Plugin(name="painter", pictures=_pictures)
