"""Commands and jobs: `flask --app wsgi …`. A module holds a click command or group of its own name, loaded when it is run."""

import ast
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from flask import Flask

COMMANDS: tuple[str, ...] = (
    "db_roles",
    "demo",
    "evaluate",
    "ledger",
    "match",
    "programme",
    "recompute",
    "seal",
    "sealer",
    "serve",
    "users",
    "worker",
)
_WITH_VALUE = frozenset({"--app", "-A", "--env-file", "-e"})


FROM_FILES = {("match", "run"), ("match", "template")}


class Late(click.Command):
    """A command that is listed with its words, and loaded by whoever runs it."""

    def __init__(self, module: str) -> None:
        super().__init__(module.replace("_", "-"))
        self._module = module

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first sentence of the command's docstring, read without running its module."""
        source = ast.parse(Path(__file__).with_name(f"{self._module}.py").read_text(encoding="utf-8"))
        own = next(one for one in source.body if isinstance(one, ast.FunctionDef) and one.name == self._module)
        return click.Command(self.name, help=ast.get_docstring(own)).get_short_help_str(limit)

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        """The context of the command itself: from here on nothing of this stand-in is left."""
        found: click.Command = getattr(importlib.import_module(f"marketplace.cli.{self._module}"), self._module)
        return found.make_context(info_name, args, parent, **extra)


class Migrations(click.Command):
    """`db`, which belongs to Flask-Migrate: an application that is built has it already."""

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        """The context of the real group."""
        found: click.Command = importlib.import_module("flask_migrate.cli").db
        return found.make_context(info_name, args, parent, **extra)


def register(app: Flask) -> None:
    """Give the commands to Flask."""
    for name in COMMANDS:
        app.cli.add_command(Late(name))


def needs_no_application(arguments: Sequence[str] | None = None) -> bool:
    """Whether `flask` was called to see what it can do, or for what goes from file to file: no application has to be built for that."""
    if os.environ.get("FLASK_RUN_FROM_CLI") != "true":
        return False
    given = list(sys.argv[1:] if arguments is None else arguments)
    values = {place + 1 for place, one in enumerate(given) if one in _WITH_VALUE}
    from_files = any(tuple(given[at : at + 2]) in FROM_FILES for at in range(len(given)))
    return from_files or "--help" in given or all(one.startswith("-") or place in values for place, one in enumerate(given))


def listing() -> Flask:
    """A bare application that knows the commands and nothing else."""
    app = Flask("marketplace")
    register(app)
    app.cli.add_command(Migrations("db", help="数据库升级与回退，例如 db upgrade。"))
    return app
