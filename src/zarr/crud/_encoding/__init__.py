"""What the codecs of an array can encode, and whether it can be decoded again."""
