"""Soniox Text-to-Speech, as its published reference words it."""

from antiphon.surfaces.soniox.errors import face, open_face
from antiphon.surfaces.soniox.routes import build

__all__ = ["build", "face", "open_face"]
