"""Tests of the benchmarks of archives."""
