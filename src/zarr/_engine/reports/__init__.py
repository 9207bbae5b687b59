"""What users are told of the engine of an array."""
