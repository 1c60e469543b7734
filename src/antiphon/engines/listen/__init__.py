"""Hears recordings that were not made here: how fast they go, in which key, on which chords, what is sung."""
