"""The `deltaml` command: keys, stake, committees, tasks and the trainer's agent."""

from deltaml.client.cli.app import app, configure_logs, main
from deltaml.client.cli.trainer import work

__all__ = ["app", "configure_logs", "main", "work"]
