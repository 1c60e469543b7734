"""MusicAPI's dialect: songs as tasks that are polled."""

from antiphon.surfaces.musicapi.desk import DIALECT
from antiphon.surfaces.musicapi.errors import face, owns, words
from antiphon.surfaces.musicapi.moderation import Moderator
from antiphon.surfaces.musicapi.routes import build
from antiphon.surfaces.musicapi.tasks import letter

__all__ = ["DIALECT", "Moderator", "build", "face", "letter", "owns", "words"]
