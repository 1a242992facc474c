"""Parts of the benchmarks that put load on a running service."""
