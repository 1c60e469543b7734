"""Paints pictures from prompts: a brief, a scene, a picture. No weights, no network, one core."""
