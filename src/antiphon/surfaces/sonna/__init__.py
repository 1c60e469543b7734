"""Sonna's speech and accounts, as its documentation and its quickstart word it."""

from antiphon.surfaces.sonna.account import Account
from antiphon.surfaces.sonna.callers import Callers
from antiphon.surfaces.sonna.errors import face, owns
from antiphon.surfaces.sonna.library import Shelves
from antiphon.surfaces.sonna.routes import Booth, build
from antiphon.surfaces.sonna.signing_in import SigningIn
from antiphon.surfaces.sonna.usage import UsageLog

__all__ = ["Account", "Booth", "Callers", "Shelves", "SigningIn", "UsageLog", "build", "face", "owns"]
