"""An incident's life in any order of deeds: nothing said is lost, what is signed is locked, nobody signs for two."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Unavailable
from hub.incidents import incident as life
from hub.incidents.incident import Incident, Locked, Part, Signer, State
from hub.incidents.paper import QUESTIONS, Kind, Paper, Said, additions, answer_of, standing
from hub.incidents.sealing import Seal, bound_to, holds, pieces
from hub.people.faults import Refused
from hub.storage.vault import Vault

NOW = datetime(2026, 3, 10, 13, tzinfo=UTC)
SEAL = Seal(Vault({"k": b"k" * 32}, "k"), b"search")
who = st.sampled_from(("anna", "bo", "leif"))
deeds = st.lists(
    st.tuples(
        st.sampled_from(("write", "sign", "reopen", "join", "correct")),
        who,
        st.sampled_from(Signer),
        st.sampled_from(("alarm-1", "alarm-2")),
    ),
    max_size=20,
)


@given(deeds, st.frozensets(st.sampled_from(Signer)))
def test_whatever_is_done_a_signed_incident_is_locked_and_was_read_by_those_who_must(
    done: list[tuple[str, str, Signer, str]], needed: frozenset[Signer]
) -> None:
    one, alarms = Incident("house", "i", NOW, NOW), set[str]()
    refused: list[tuple[State, str]] = []
    for deed, person, signer, alarm in done:
        before = one
        try:
            if deed == "write":
                one = life.written(one, person, Part.OWN, (Kind.THREAT,))
            elif deed == "sign":
                one = life.signed(one, person, signer, needed, NOW)
            elif deed == "reopen":
                one = life.reopened(one)
            elif deed == "join":
                one, alarms = life.joined(one, alarm, {person: Part.HELPER}, None), alarms | {alarm}
            else:
                one = life.corrected(one, NOW, "nord", None, None)
        except Locked:
            refused.append((before.state, deed))
            continue
        except Refused:
            continue
        assert before.state is not State.SIGNED or deed in ("reopen", "join")
        assert one.version == before.version + 1
        assert set(one.alarms) == alarms
        if one.state is State.SIGNED:
            assert needed | {Signer.LEADER} <= set(one.signatures)
            assert len({signature.who for signature in one.signatures.values()}) == len(one.signatures)
        if deed in ("write", "correct", "reopen"):
            assert not one.signatures, "what was signed was something else"
    assert {state for state, _ in refused} <= {State.SIGNED}


texts = st.sampled_from(("", "kort", "længere", "en helt anden"))
forms = st.lists(
    st.tuples(who, st.dictionaries(st.sampled_from([one.name for one in QUESTIONS]), texts), st.integers(0, 30)),
    max_size=12,
)


@given(forms)
def test_nothing_that_was_said_is_lost_and_nobody_writes_over_another(
    filled_in: list[tuple[str, dict[str, str], int]],
) -> None:
    said: list[Said] = []
    for person, answers, seen in filled_in:
        for paper in Paper:
            others = {
                (question.name, one.now.by): one.now.value
                for question in QUESTIONS
                if not question.shared
                for one in standing(said, question)
                if one.now.by != person
            }
            for question, value in additions(said, paper, answers, person, seen):
                assert question.paper is paper
                said.append(Said(len(said) + 1, paper, question.name, value, person, NOW))
                assert answer_of(said, question, person) == value
            for (name, other), value in others.items():
                assert answer_of(said, next(one for one in QUESTIONS if one.name == name), other) == value
    shown = [one for question in QUESTIONS for line in standing(said, question) for one in (*line.earlier, line.now)]
    assert {one.number for one in shown} >= {one.number for one in said if one.value}
    for person, answers, seen in filled_in[-1:]:
        for paper in Paper:
            assert not additions(said, paper, answers, person, seen), "sent again it adds nothing"


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_a_text_opens_only_in_its_row_and_is_found_by_any_part_of_its_words(text: str, other: str) -> None:
    row = bound_to("said", "house", "i", 1)
    sealed = SEAL.close(text, row)
    assert SEAL.open(sealed.text, row) == text
    assert SEAL.close(text, row).fingerprint != sealed.fingerprint, "a fingerprint tells nobody what was written"
    with pytest.raises(Unavailable):
        SEAL.open(sealed.text, bound_to("said", "house", "i", 2))
    if holds([text], other):
        wanted = SEAL.traces(other)
        present = SEAL.traces(text)
        assert all(have & want == want for have, want in zip(present, wanted, strict=True))


def test_danish_words_are_found_inside_compounds_and_with_either_spelling() -> None:
    text = "Angrebet med kødkniven skete på Åbybro-gangen"
    for asked in ("kniv", "KØDKNIV", "aabybro", "Åbybro", "gang kniv"):
        assert holds([text], asked), asked
    assert not holds([text], "knivene")
    assert pieces("Å på") == {"paa"}


def test_a_note_is_asked_of_before_it_is_signed() -> None:
    with pytest.raises(Refused, match="nothing to sign"):
        life.signed(Incident("house", "i", NOW, NOW), "leif", Signer.LEADER, frozenset(), NOW)
    noted = life.written(Incident("house", "i", NOW, NOW + timedelta(1)), "anna", Part.OWN, ())
    with pytest.raises(Refused, match="somebody else"):
        life.signed(
            life.signed(noted, "leif", Signer.SAFETY, frozenset(), NOW), "leif", Signer.LEADER, frozenset(), NOW
        )
