"""Writes that a person asks for. Each is one short transaction and bumps the change counter, so that pages see it."""
