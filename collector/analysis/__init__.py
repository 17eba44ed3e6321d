"""What the spans of a trace mean together. Records in, records out; pure."""
