"""Who would hear an alarm, said before one comes: the board, the proof at the start of a shift, and the warning."""
