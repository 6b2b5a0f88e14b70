"""HTTP and socket endpoints and pages: no rules, no SQL."""
