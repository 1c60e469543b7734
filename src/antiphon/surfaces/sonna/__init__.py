"""Sonna's speech, as its documentation and its quickstart word it."""

from antiphon.surfaces.sonna.errors import face, owns
from antiphon.surfaces.sonna.routes import Booth, build

__all__ = ["Booth", "build", "face", "owns"]
