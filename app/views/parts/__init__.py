"""What a page draws when one thing of its list is opened: as a view, from the selection to components."""
