"""The alarm and its life."""
