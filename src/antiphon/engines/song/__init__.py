"""Writes songs, plays them and sings them: a score first, then everything else from it."""
