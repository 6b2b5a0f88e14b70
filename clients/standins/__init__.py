"""Services of others, made up: each listens on this machine and checks what it is sent as the real one would."""
