"""Where incidents go: each municipality's case practice, the cases, and their hand-over to other systems."""
