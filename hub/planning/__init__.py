"""Automatic planning: who works when, by the demand, the rest rules and the wishes."""
