"""Experiments too long for a notebook, each a grid of configurations and seeds."""
