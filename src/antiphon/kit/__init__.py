"""Helpers that know nothing about us, each named for one thing."""
