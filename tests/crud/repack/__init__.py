"""Tests of repacking."""
