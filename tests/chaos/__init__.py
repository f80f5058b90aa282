"""Whole tasks while everything around them fails: killed processes, a broken network, reorganisations, a jumping clock.

`python -m tests.chaos --seed N` draws a plan of faults from N, prints it, plays it, and compares who got what with a
run that nothing disturbs.
"""
