"""Practice for a whole unit: an alarm that is a drill, now or planned, and the report of who heard it."""
