"""Pure functions on float32 arrays, and codecs.

`formats`, `wav` and `flac` import nothing but the standard library, so that the server's main process can use them;
all others need numpy, soxr or av and belong in child processes.
"""
