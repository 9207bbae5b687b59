"""The keyword `engine` of functions that create or open nodes."""
