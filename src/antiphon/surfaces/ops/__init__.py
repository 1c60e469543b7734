"""What operators and their machines ask: health, readiness, metrics, and the pages that document the API."""

from antiphon.surfaces.ops.routes import build

__all__ = ["build"]
