"""Conversations between colleagues: who takes part, what is written, and who has read it."""
