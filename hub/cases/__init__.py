"""Where incidents go: KLE, each municipality's case practice, the cases, and their hand-over to other systems."""
