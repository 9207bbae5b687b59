"""Information for users about the engine of an array."""
