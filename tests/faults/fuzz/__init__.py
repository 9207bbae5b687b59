"""Thousands of damaged chunks and documents, decoded in a process with little memory."""
