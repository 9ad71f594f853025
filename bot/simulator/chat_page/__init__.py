"""The page at `/` that looks like a phone: its files and the endpoints they call."""
