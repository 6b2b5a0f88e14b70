"""The citizens whom a house looks after: who they are and where they live, sealed, and what must be known in need."""
