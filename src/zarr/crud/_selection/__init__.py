"""Selections: the elements of a call, and the chunks that hold them. Only NumPy and shapes."""
