"""Every query, by topic. Use cases ask here and write no SQL of their own."""
