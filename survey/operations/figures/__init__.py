"""Figures for monitoring (Prometheus): coarse, and without anything that a rater's act changes.

A figure that is fetched every few seconds is a record of times. So pages of raters are not
counted at all, neither are static files and pages of people who are not signed in, which raters
open too; what is counted is published in batches; and numbers of rows come in steps of ten times.
docs/anonymity.md says why.
"""
