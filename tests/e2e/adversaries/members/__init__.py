"""Members who break the rules: the ordinary oracle with one step replaced, each a process of its own."""
