"""What a person changes. The only caller of the store's commands, on a write engine of its own."""
