"""`/api/generate`: pictures, music and films, and the list of all models."""

from antiphon.surfaces.sonna.generate.answers import status_of_fault
from antiphon.surfaces.sonna.generate.desk import Desk, Engines
from antiphon.surfaces.sonna.generate.routes import build

__all__ = ["Desk", "Engines", "build", "status_of_fault"]
