"""Commands and jobs: `flask --app wsgi …`. A module holds a click command or group of its own name."""

import importlib

from flask import Flask

COMMANDS: tuple[str, ...] = (
    "db_roles",
    "demo",
    "evaluate",
    "ledger",
    "match",
    "programme",
    "seal",
    "sealer",
    "serve",
    "users",
    "worker",
)


def register(app: Flask) -> None:
    """Give the commands to Flask."""
    for name in COMMANDS:
        app.cli.add_command(getattr(importlib.import_module(f"marketplace.cli.{name}"), name))
