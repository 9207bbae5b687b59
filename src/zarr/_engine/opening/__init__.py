"""Nodes that are opened with an engine: what equal documents share, and plain opens of files."""
