"""Letters: their texts, their delivery from the outbox, and the worker that does it."""
