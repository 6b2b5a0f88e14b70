"""The commands. Each is imported when it is called, so that `hub --help` answers at once."""

import gc
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from hub import __version__
from hub.errors import FileProblem, HubError

# Command -> where it is, and what it does in a few words (a test holds the words against the command's own).
COMMANDS: Mapping[str, tuple[str, str]] = {
    "setup": ("hub.cli.site", "Create or update an institution from its site.toml."),
    "new-institution": ("hub.cli.invitation", "Give a link with which somebody sets up an institution in a browser."),
    "roster": ("hub.cli.roster", "Who is on duty."),
    "people": ("hub.cli.people", "Who works here."),
    "citizens": ("hub.cli.citizens", "Who lives here and is looked after."),
    "plan": (
        "hub.cli.plan",
        "Plan who works when, as a plan file asks; nothing is on the roster before the file is imported.",
    ),
    "rest": ("hub.cli.rest", "What the roster breaks of the rest rules, and what is accepted of that."),
    "clocks": ("hub.cli.clocks", "Lay a municipality's own clocks over the law's, in all its institutions."),
    "grounds": (
        "hub.cli.grounds",
        "Lay a municipality's own grounds for sharing over the law's, in all its institutions.",
    ),
    "cases": ("hub.cli.cases", "What municipalities' case systems are told."),
    "kle": ("hub.cli.kle", "The municipalities' shared case numbers (KLE), edition by edition."),
    "retention": ("hub.cli.retention", "List what is deleted when, and what is held; nothing is deleted by this."),
    "keys": ("hub.cli.keys", "Make the keys that the hub needs for the world outside; those that are there stay."),
    "export-journal": ("hub.cli.journal", "Write a bundle with which an inspector can check a journal, or one alarm."),
    "report": (
        "hub.cli.report",
        "Write a month's statistics as a PDF for the working-environment meeting, small numbers hidden.",
    ),
    "serve": ("hub.cli.serving", "Serve until SIGTERM or Ctrl-C."),
    "work": ("hub.cli.working", "Send what the hubs have to say outside, until SIGTERM or Ctrl-C."),
    "check-rules": ("hub.cli.rules", "Check rule files; without any, those that come with the hub."),
    "check-message": (
        "hub.cli.messages",
        "Check messages of MedCom's (FHIR, VANS, XDIS91) and Digital Post's (MeMo), each fault with its mend.",
    ),
    "holes": ("hub.cli.holes", "List the minutes ahead in which an alarm would reach too few."),
    "simulate": ("hub.cli.rules", "Show who would be told when, by what, and where nobody would be."),
    "verify-journal": ("hub.cli.journal", "Follow every journal, and name the first row that was tampered with."),
    "backup": ("hub.cli.keeping", "Copy all that the hub knows into one file, while it runs."),
    "restore": ("hub.cli.keeping", "Fill an empty hub from a back-up, and have every client start over."),
    "migrate-store": (
        "hub.cli.keeping",
        "Move a hub from its SQLite file to the PostgreSQL database that HUB_DATABASE_URL names.",
    ),
    "demo": ("hub.cli.demo", "Try the hub with a made-up institution."),
}


class Commands(click.Group):
    """Finds a command when it is called, and says an expected refusal in its own words: exit code 1, no traceback."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        # What is loaded stays: a fifth of the time would go into looking through it for what nobody needs any more.
        gc.disable()
        command: click.Command = getattr(import_module(COMMANDS[name][0]), name.replace("-", "_"))
        gc.freeze()
        gc.enable()
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FileProblem as refusal:
            lines = refusal.problems
        except HubError as refusal:
            lines = [str(refusal)]
        for line in lines:
            click.echo(line, err=True)
        raise click.exceptions.Exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hub")
def main() -> None:
    """A staff duress-alarm hub: one press, everyone on duty knows, and the record stands.

    How it runs is set by environment variables: HUB_DATA (a folder, ./data), HUB_HOST, HUB_PORT, HUB_PUBLIC_URL,
    HUB_DATABASE_URL, HUB_REDIS_URL, HUB_LOG_FORMAT.
    """
