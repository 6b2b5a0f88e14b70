"""What holds for every rule book, every institution and every step."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hub.escalation.plan import LEADERS, People, Scene, plan, told_by
from hub.escalation.rules import EMERGENCY, Audience, RuleBook
from tests.escalation.scenes import Colleague, OnShift, books, kind_names, scenes

any_book = books() | st.just(EMERGENCY)
any_kind = kind_names | st.text(max_size=8)
any_step = st.integers(-2, 6) | st.integers()


@given(any_book, any_kind, any_step, scenes)
def test_nobody_is_left_alone_while_anyone_is_there(book: RuleBook, kind: str, step: int, scene: Scene) -> None:
    scene = replace(scene, drill=False)
    others = set(scene.people.by_id) - {scene.raiser}
    assert bool(plan(book, kind, step, scene).tell) == bool(others or scene.contacts)


@given(any_book, any_kind, any_step, scenes)
def test_a_drill_with_staff_to_practise_is_never_silent(book: RuleBook, kind: str, step: int, scene: Scene) -> None:
    scene = replace(scene, drill=True)
    here = scene.people.by_id
    if any(here[person].role not in LEADERS for person in here if person != scene.raiser):
        assert plan(book, kind, step, scene).tell


@given(any_book, any_kind, any_step, scenes)
def test_everyone_told_is_known_told_once_and_not_the_raiser(
    book: RuleBook, kind: str, step: int, scene: Scene
) -> None:
    tell = plan(book, kind, step, scene).tell
    people = [one.who for one in tell if not one.contact]
    contacts = [one.who for one in tell if one.contact]
    assert len(set(people)) == len(people)
    assert len(set(contacts)) == len(contacts)
    assert set(people) <= set(scene.people.by_id) - {scene.raiser}
    assert set(contacts) <= set(scene.contacts)
    assert all(one.by for one in tell)


@given(any_book, any_kind, any_step, scenes)
def test_steps_come_in_their_order_and_only_empty_ones_are_passed(
    book: RuleBook, kind: str, step: int, scene: Scene
) -> None:
    taken = plan(book, kind, step, scene)
    steps = book.kind(kind).steps
    first = max(step, 0)
    assert taken.passed == tuple(range(first, min(taken.step, len(steps))))
    assert all(not told_by(steps[n], scene) for n in taken.passed)
    assert taken.last_resort == (taken.step >= len(steps))
    assert taken.next_after == book.step(kind, taken.step).next_after >= 1
    if not taken.last_resort:
        assert taken.tell == told_by(steps[taken.step], scene)


@given(any_book, any_kind, any_step, scenes)
def test_the_step_taken_stands_when_it_is_asked_for_again(book: RuleBook, kind: str, step: int, scene: Scene) -> None:
    taken = plan(book, kind, step, scene)
    assert plan(book, kind, taken.step, scene) == replace(taken, passed=())


@given(any_book, any_kind, any_step, scenes)
def test_a_drill_leaves_leaders_and_contacts_in_peace(book: RuleBook, kind: str, step: int, scene: Scene) -> None:
    scene = replace(scene, drill=True)
    taken = plan(book, kind, step, scene)
    named = {target.which for target in book.step(kind, taken.step).tell if target.audience is Audience.PERSON}
    on_duty = {row.person for row in scene.on_duty}
    for one in taken.tell:
        assert not one.contact
        if scene.people.by_id[one.who].role in LEADERS:
            assert one.who in named | on_duty


@given(any_book, any_kind, any_step, scenes, st.sampled_from(["nord", "syd"]))
def test_one_more_colleague_on_duty_never_makes_help_come_later(
    book: RuleBook, kind: str, step: int, scene: Scene, unit: str
) -> None:
    more = replace(
        scene,
        people=People({**scene.people.by_id, "grete": Colleague("staff", (unit,))}),
        on_duty=(*scene.on_duty, OnShift("grete", unit, "active")),
    )
    assert plan(book, kind, step, more).step <= plan(book, kind, step, scene).step


@given(any_book, any_kind, any_step, scenes, st.data())
def test_the_order_of_the_roster_does_not_matter(
    book: RuleBook, kind: str, step: int, scene: Scene, data: st.DataObject
) -> None:
    shuffled = replace(scene, on_duty=data.draw(st.permutations(tuple(scene.on_duty))))
    assert set(plan(book, kind, step, shuffled).tell) == set(plan(book, kind, step, scene).tell)
