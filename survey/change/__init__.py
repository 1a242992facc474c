"""Statistics of ratings and of their change. NumPy arrays in, small dataclasses out.

Modules say `import scipy` and name its parts in full: SciPy loads a part when it is first used, so
that no command and no web process waits for it at its start.
"""
