"""Questions to the database, by subject. Each takes an engine and the caller's scope first and returns records.

All raise StoreUnavailable when the database can't be reached, QueryTimeout when it takes too long.
"""
