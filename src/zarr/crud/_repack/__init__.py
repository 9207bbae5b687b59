"""Repacking: archives in another place, layout or format, by the cheapest exact way."""
