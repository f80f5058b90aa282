"""One client, several carriers: federations in one process and around a central server. No chain is needed."""

from deltaml.federated.checkpoint import load, resume, save
from deltaml.federated.remote import connect
from deltaml.federated.simulation import Run, run_simulation

__all__ = ["Run", "connect", "load", "resume", "run_simulation", "save"]
