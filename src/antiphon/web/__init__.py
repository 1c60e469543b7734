"""Plumbing that the surfaces share."""
