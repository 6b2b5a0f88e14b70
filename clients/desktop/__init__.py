"""The hub on a PC: in the tray, on a hot key, and over everything else when a colleague needs help."""
