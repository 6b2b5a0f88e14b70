"""A made-up institution with simulated colleagues, and the story of one alarm in it."""
