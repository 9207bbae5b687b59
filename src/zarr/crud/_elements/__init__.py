"""Conversion of elements: values to write, arrays to fill, fill values."""
