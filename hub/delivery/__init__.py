"""Live sockets, receipts and reach: envelopes go out, the knowledge of who heard comes back."""
