"""The codec pipeline of an array with an engine."""
