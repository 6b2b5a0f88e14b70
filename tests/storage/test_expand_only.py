"""A schema only grows: during a rolling upgrade the hubs of the version before go on writing into it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

from hub.storage.migrate import MIGRATIONS

GROWS = {"create_table", "create_index", "add_column"}


def shrinks(text: str) -> Iterator[str]:
    """Each step of a migration that the version before could stumble over."""
    upgrade = next(one for one in ast.parse(text).body if getattr(one, "name", "") == "upgrade")
    steps = [(one.func.attr, one) for one in ast.walk(upgrade) if isinstance(one, ast.Call) and _is_of_op(one.func)]
    new = {_word(step, 0) for kind, step in steps if kind == "create_table"}
    for kind, step in steps:
        said = ast.unparse(step)
        if kind not in GROWS:
            yield f"{kind} is no growth: {said}"
        elif kind == "add_column" and "nullable=True" not in said and "server_default" not in said:
            yield f"the version before writes rows without it: {said}"
        elif kind == "create_index" and "unique=True" in said and _word(step, 1) not in new:
            yield f"the version before may write two: {said}"


def _is_of_op(function: ast.expr) -> TypeGuard[ast.Attribute]:
    return isinstance(function, ast.Attribute) and ast.unparse(function.value) == "op"


def _word(step: ast.Call, place: int) -> str:
    return ast.unparse(step.args[place])


@pytest.mark.parametrize("path", sorted((MIGRATIONS / "versions").glob("[0-9]*.py")), ids=lambda path: path.stem)
def test_a_migration_lets_the_version_before_go_on(path: Path) -> None:
    assert list(shrinks(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ('op.drop_column("alarm", "note")', "drop_column is no growth"),
        ('op.alter_column("alarm", "note", nullable=False)', "alter_column is no growth"),
        ('op.rename_table("alarm", "alert")', "rename_table is no growth"),
        ('op.execute("DELETE FROM alarm")', "execute is no growth"),
        ('op.add_column("alarm", sa.Column("mood", sa.Text(), nullable=False))', "rows without it"),
        ('op.create_index("one_each", "alarm", ["unit"], unique=True)', "may write two"),
    ],
)
def test_a_step_that_would_stop_the_version_before_is_named(step: str, says: str) -> None:
    (named,) = shrinks(f"def upgrade() -> None:\n    {step}\n")
    assert says in named
