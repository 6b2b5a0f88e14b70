"""Outside systems, one folder each: an adapter for a port of hub.ports, and a README with what was proved against what."""
