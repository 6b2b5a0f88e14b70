"""`hub work`."""

import click

from hub.cli.opening import settings
from hub.worker import work as work_until_told


@click.command()
def work() -> None:
    """Send what the hubs have to say outside, until SIGTERM or Ctrl-C."""
    work_until_told(settings())
