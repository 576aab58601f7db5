"""The helper package of the book *Thinking about Multi-Task Learning*."""

__version__ = "0.1.0"
