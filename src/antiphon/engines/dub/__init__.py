"""Dubs sound that is there from one kind of file into others."""
