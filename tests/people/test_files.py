import json
from pathlib import Path

import pytest

from hub.errors import FileProblem
from hub.people.files import TokenFile, read_text


def test_tokens_are_for_their_owner_alone_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    TokenFile.ready(path).write({"ø": "dev_1", "a": "dev_2"}, {"ø", "a"})
    assert json.loads(path.read_text("utf-8")) == {"a": "dev_2", "ø": "dev_1"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_earlier_tokens_stay_as_long_as_their_devices(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text('{"kept": "dev_1", "gone": "dev_2", "renewed": "dev_3"}')
    path.chmod(0o644)
    TokenFile.ready(path).write({"renewed": "dev_4", "new": "dev_5"}, {"kept", "renewed", "new"})
    assert json.loads(path.read_text()) == {"kept": "dev_1", "new": "dev_5", "renewed": "dev_4"}
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"a": 1}', b"\xff", b"", b"null"])
def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tokens.json"
    path.write_bytes(content)
    with pytest.raises(FileProblem, match="name another"):
        TokenFile.ready(path)
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_named_before_any_token_is_made(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="No such file"):
        TokenFile.ready(tmp_path / "nowhere" / "tokens.json")
    with pytest.raises(FileProblem):
        TokenFile.ready(tmp_path)


def test_a_text_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes("\ufeffblå".encode())
    assert read_text(tmp_path / "x") == "blå"


def test_a_text_that_cannot_be_read_names_the_line_and_the_mend(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("person\njørgen\n".encode("cp1252"))
    with pytest.raises(FileProblem) as refusal:
        read_text(tmp_path / "x.csv")
    assert refusal.value.problems == [f"{tmp_path}/x.csv:2: holds letters that are not UTF-8; save the file as UTF-8"]
    for path in (tmp_path / "y.csv", tmp_path):
        with pytest.raises(FileProblem, match="cannot be read"):
            read_text(path)
