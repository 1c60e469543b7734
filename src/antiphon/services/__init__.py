"""Use cases, a verb-shaped module each."""
