"""The report's large pictures: plain numbers and texts in, an SVG string out. Pure.

One module per picture: `dumbbells`, `radar`, `trend`. They arrange rows and texts, Vega does the
drawing (`vega`), and `svg` brings its output into the form that a strict content security policy
and a screen reader need. Every picture exists wide and narrow.
"""
