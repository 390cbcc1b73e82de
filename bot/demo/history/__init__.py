"""A made-up past: the years of offers and hours that a company would have behind it. Only the demonstration, tests and
benchmarks have one; no command of an installation writes it.
"""
