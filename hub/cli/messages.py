"""`hub check-message`: whether other houses' messages keep to their standards, before a mailbox is connected."""

from pathlib import Path

import click

from hub.errors import FileProblem
from hub.foreign import told
from hub.people.files import read_bytes


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
def check_message(files: tuple[Path, ...]) -> None:
    """Check messages of MedCom's (FHIR, VANS, XDIS91) and Digital Post's (MeMo), each fault with its mend.

    Nothing is kept, sent or answered, and nothing that stands in a message is shown.
    """
    problems: list[str] = []
    for file in files:
        try:
            click.echo(f"{file}: {told(read_bytes(file), str(file))}; nothing wrong")
        except FileProblem as refusal:
            problems += refusal.problems
    if problems:
        raise FileProblem("messages", problems)
