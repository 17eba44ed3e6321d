"""The collector: OTLP in, rows out.

bytes -> `otlp` -> ReceivedSpan -> `normalize` -> SpanRow -> `pricing` -> `store.writer` -> COMMIT -> 200.
`receiver` is the HTTP edge, `ingest` the pipeline, `store` the only code that knows the database.
"""

__version__ = "0.1.0"
