"""Proof for those outside: checkpoints made and carried out of the house, and bundles for an inspector."""
