"""Stores, seen synchronously; files, locks and threads."""
