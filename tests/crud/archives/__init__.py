"""Tests of what functions on whole archives share."""
