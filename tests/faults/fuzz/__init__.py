"""Damaged chunks and documents by the thousand, decoded in a process of little memory."""
