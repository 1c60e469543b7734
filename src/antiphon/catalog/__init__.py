"""What can be asked for, as data."""
