"""Remote makers, a folder each."""
