"""Calls of an array's methods, as calls of a backend."""
