"""The Field of every column that ingest publishes."""
