"""A month's costs as one HTML file that needs nothing else: no script, no font, no request."""

from collector.monthly.gather import Monthly, gather
from collector.monthly.page import page

__all__ = ["Monthly", "gather", "page"]
