"""The `deltaml` command: keys, stake, committees, tasks and the trainer's agent."""

from deltaml.client.cli.agents import work
from deltaml.client.cli.app import app, main
from deltaml.logs import configure_logs

__all__ = ["app", "configure_logs", "main", "work"]
