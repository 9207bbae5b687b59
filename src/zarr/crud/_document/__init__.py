"""Metadata documents: parsed, checked, cached, and looked for in stores."""
