"""The hub watches itself: what keeps it from doing its job, said before somebody needs it."""
