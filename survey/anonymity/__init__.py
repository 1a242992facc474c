"""The rules that keep raters anonymous: ballot box, thresholds, and the one released aggregate."""
