"""The structure of the source: which folder may import which, and how long a file may be."""
