"""Tests of the checks of stored archives."""
