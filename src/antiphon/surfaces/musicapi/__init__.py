"""MusicAPI's dialect: songs as tasks that are polled."""

from antiphon.surfaces.musicapi.clips import letter
from antiphon.surfaces.musicapi.errors import face, owns
from antiphon.surfaces.musicapi.routes import DIALECT, build

__all__ = ["DIALECT", "build", "face", "letter", "owns"]
