"""Conversion of array method calls to calls of a backend."""
