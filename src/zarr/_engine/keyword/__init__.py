"""The keyword `engine` of functions that make or open nodes."""
