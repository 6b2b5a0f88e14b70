"""KLE, the municipalities' shared numbers for what a matter is about, edition by edition."""
