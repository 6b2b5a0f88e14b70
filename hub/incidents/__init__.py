"""The written record of what happened, with or without an alarm: two papers, who reads them, and what follows."""
