"""The whole of a result as a file: read by keyset and written piece by piece, so that its size costs no memory."""

from collector.export.files import FORMATS, File, Listing, export_file, trace_lines, traces_of

__all__ = ["FORMATS", "File", "Listing", "export_file", "trace_lines", "traces_of"]
