"""Synchronous access to stores; files, locks and threads."""
