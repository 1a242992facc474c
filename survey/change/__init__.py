"""Statistics of ratings and of their change. NumPy arrays in, small dataclasses out."""
