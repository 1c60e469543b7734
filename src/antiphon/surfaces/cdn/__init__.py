"""Kept files, for whoever has their address."""

from antiphon.surfaces.cdn.routes import build

__all__ = ["build"]
