"""`python -m deltaml.federated serve`: a central server without any chain library."""

import sys

from deltaml.federated.command import run_module

if __name__ == "__main__":
    run_module(sys.argv[1:])
