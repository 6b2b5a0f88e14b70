"""A button at the command line, and simulated colleagues who answer as people do."""
