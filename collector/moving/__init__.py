"""Traces as files: out of one database, into another."""
