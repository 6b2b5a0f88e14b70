"""Lone work: a timer that the hub keeps for somebody who is alone, and the alarm when no sign of life comes."""
