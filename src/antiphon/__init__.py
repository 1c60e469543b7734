"""Antiphon: a media-generation server that anyone can run."""

__version__ = "0.1.0"
