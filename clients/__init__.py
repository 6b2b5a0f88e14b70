"""Programs that speak with the hub from outside: HTTP and WebSocket only."""
