"""Local makers, a folder each."""
