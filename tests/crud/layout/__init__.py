"""Tests of what is known of stored chunks without decoding them."""
