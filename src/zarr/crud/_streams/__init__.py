"""Streams: regions that are read or written ahead of their consumer or behind their producer."""
