"""The API for programs: the use cases of the pages, under the same policy, as JSON."""
