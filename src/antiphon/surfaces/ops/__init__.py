"""What operators and their machines ask: health, readiness, metrics, keys, and the pages that document the API."""
