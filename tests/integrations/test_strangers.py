"""A small tier of the two proofs that run beside the tests: round trips, and spoiled documents."""

from tests.integrations import medcom_trips, strangers


def test_threads_come_back_as_they_were_written() -> None:
    trips = medcom_trips.run(40, seed=7)
    assert trips.repeated > 0
    assert sum(len(messages) for messages in trips.received.values()) == 40
    assert trips.differences() == []


def test_spoiled_documents_are_refused_and_open_nothing() -> None:
    seen = strangers.run(400, seed=7)
    assert seen.uncaught == []
    assert not seen.opened
    assert seen.refused > 300
