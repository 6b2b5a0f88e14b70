"""`hub serve`."""

import click

from hub.app import serve as serve_until_told
from hub.cli.opening import settings


@click.command()
def serve() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    serve_until_told(settings())
