"""What an array costs to read with every engine, why, and what about it is risky."""
