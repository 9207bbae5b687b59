"""Selections: which elements a call means, and which chunks hold them. NumPy and shapes only."""
