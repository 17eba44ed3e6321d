"""The attribute names that clients use, one table a convention, merged by `index` into one look-up.

To add a convention: write one more file with a `CONVENTION`, and name it in `index.CONVENTIONS`.
"""
