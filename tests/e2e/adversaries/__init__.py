"""Trainers who break the rules: the ordinary agent with one step replaced, each a process of its own."""
