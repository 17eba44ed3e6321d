"""One file a workflow: what it does, what it says and how it fails, as trees of steps."""
