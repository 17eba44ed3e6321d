"""Watching the rules and telling of what they find. One process does it, however many run."""
