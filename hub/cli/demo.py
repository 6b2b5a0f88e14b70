"""`hub demo`."""

import runpy
import sys

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def demo(words: tuple[str, ...]) -> None:
    """Try the hub with a made-up institution."""
    sys.argv = ["hub demo", *words]
    runpy.run_module("clients.demo", run_name="__main__", alter_sys=True)
