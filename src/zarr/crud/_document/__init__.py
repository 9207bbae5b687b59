"""Metadata documents: parsing, checks, caches, and their presence in stores."""
