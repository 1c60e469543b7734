"""Hears what a speaker is like, in clips that strangers made."""
