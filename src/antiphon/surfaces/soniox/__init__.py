"""Soniox Text-to-Speech, as its published reference words it."""

from antiphon.surfaces.soniox.build import build
from antiphon.surfaces.soniox.errors import face, open_face
from antiphon.surfaces.soniox.management.envelope import face as management_face

__all__ = ["build", "face", "management_face", "open_face"]
