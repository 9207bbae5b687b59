"""Engine options, given to an array or configured."""
