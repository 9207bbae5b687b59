"""Which stores the extension reads itself, and from what it builds its client."""
