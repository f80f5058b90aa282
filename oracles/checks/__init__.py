"""What `python -m oracles check` looks at, one module for each thing that may be set up wrongly."""
