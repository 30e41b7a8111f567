"""The application for gunicorn and for `flask --app wsgi`."""

from marketplace.cli import listing, only_asks_for_help

if only_asks_for_help():
    app = listing()
else:
    from marketplace.app import create_app

    app = create_app()
