"""Digital Post: letters and short messages to citizens as MeMo, and their answers read."""
