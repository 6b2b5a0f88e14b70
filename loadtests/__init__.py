"""How fast, how many, and what it costs: measured against a hub in a process of its own."""
