"""The market, its vault and its committees in plain Python, obvious and slow.

It keeps facts (who did what, when) and derives all the rest each time it is asked: no bitmap, no running total that
the contracts have. A method is named after the function it mirrors, in Python's spelling, and takes who calls it
first; it raises `Refused` with the name of the contract's error before it has changed anything, or does what was
asked. Rn are the rules of the design.
"""
