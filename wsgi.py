"""The application for gunicorn and for `flask --app wsgi`."""

from marketplace.cli import listing, needs_no_application

if needs_no_application():
    app = listing()
else:
    from marketplace.app import create_app

    app = create_app()
