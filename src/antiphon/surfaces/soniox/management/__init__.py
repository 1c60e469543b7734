"""Soniox's management API, `/v1/*`: models, voices, usage, limits, temporary keys."""
