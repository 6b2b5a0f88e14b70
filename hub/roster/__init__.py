"""Who is on duty: shifts and where they come from."""
