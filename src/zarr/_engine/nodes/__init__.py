"""Nodes of groups that have an engine: how they are found and made."""
