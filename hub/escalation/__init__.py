"""Who is told, in which order and how soon: pure rules."""
