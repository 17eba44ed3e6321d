"""The database and nothing else: no HTTP, no OTLP, no Streamlit. Everything here is synchronous."""
