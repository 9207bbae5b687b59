"""Backends: the contract, the registry, and which one serves a call."""
