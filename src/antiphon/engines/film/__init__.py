"""Films: a camera that moves through what the painter composes, with weather, light and sound."""
