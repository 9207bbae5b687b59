"""Options of engines that arrays are given, and that are configured."""
