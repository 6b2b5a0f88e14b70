"""What must be done after an incident: who is told and when, whatever is done in whichever order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.incidents import followup
from hub.incidents.followup import AGAIN, How, Task, Tell, Wanted, came_due, follow_ups, reconciled
from hub.incidents.incident import Outcome
from hub.incidents.paper import Kind, Paper
from hub.people.faults import Refused
from tests.admin.desk import signed_in
from tests.databases import Kind as DatabaseKind
from tests.databases import on_both
from tests.incidents.test_pages import helped, noted, rows
from tests.scenarios.conftest import Begin

NOW = datetime(2026, 3, 10, 13, tzinfo=UTC)
NAMES = ("first_aid", "call_day", "police", "easy")
wanted_then = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 400).map(lambda h: NOW + timedelta(hours=h)))
steps = st.lists(
    st.tuples(
        st.sampled_from(("want", "tell", "done", "waive", "hand")),
        st.integers(0, 300),
        wanted_then,
        st.integers(0, 3),
    ),
    max_size=25,
)


@given(steps)
def test_whatever_is_done_nothing_open_is_forgotten_and_nothing_ended_speaks(
    done: list[tuple[str, int, dict[str, datetime], int]],
) -> None:
    tasks: dict[int, Task] = {}
    now = NOW
    for deed, hours, dues, which in done:
        now += timedelta(hours=hours)
        if deed == "want":
            want = {what: Wanted(Paper.WORK, due) for what, due in dues.items()}
            for task in reconciled(list(tasks.values()), want, "leif", now, "house", "i"):
                tasks[task.number] = task
            assert {task.what for task in tasks.values() if task.how is not How.LAPSED} >= set(want)
            assert {task.what for task in tasks.values() if task.open} <= set(want)
            assert len({task.what for task in tasks.values()}) == len(tasks), "each is there once"
        elif which + 1 in tasks:
            tasks[which + 1] = moved(tasks[which + 1], deed, now)
        for task in tasks.values():
            assert task.open is (task.tell_at is not None)
            assert task.tell_at is None or task.tell_at <= max(task.due_at, now + AGAIN), "it comes back in time"


def moved(task: Task, deed: str, now: datetime) -> Task:
    if deed == "tell":
        said = came_due(task, now)
        if said is None:
            assert task.tell_at is None or task.tell_at > now
            return task
        after, tell = said
        assert (tell is Tell.LEADERS) is (now >= task.due_at)
        assert after.told == task.told + 1
        return after
    try:
        if deed == "hand":
            return followup.handed_over(task, "lone", now)
        how = How.DONE if deed == "done" else How.WAIVED
        return followup.closed(task, "leif", how, "Hun ønsker ikke at blive ringet op", now)
    except Refused:
        return task


def test_only_those_who_were_hurt_or_threatened_are_followed_up() -> None:
    calls = ["call_day", "call_week", "call_month"]
    assert list(follow_ups(Outcome.REAL, [Kind.THREAT], NOW)) == ["first_aid", *calls, "debrief"]
    for outcome, kinds in ((Outcome.FALSE, [Kind.THREAT]), (Outcome.REAL, [Kind.NEAR_MISS]), (Outcome.REAL, [])):
        assert not follow_ups(outcome, kinds, NOW)
    assert not followup.is_concrete("Ikke relevant")
    assert followup.is_concrete("Hun er indlagt, og hendes mand svarer for hende")


async def test_a_leader_asks_for_more_and_it_stays_until_somebody_ends_it(begin: Begin, kind: DatabaseKind) -> None:
    house = await begin("anna nord", "bo nord")
    address = await noted(house, await helped(house))
    leif, bo = await signed_in(house, "leif"), await signed_in(house, "bo")
    asked = {"form": "t", "what": "Få låsen skiftet", "owner": "bo", "day": "2026-03-12"}
    assert (await bo.post(f"{address}/tasks", asked)).status_code == 403
    for wrong in ({"what": ""}, {"owner": ""}, {"day": "i morgen"}):
        assert (await leif.post(f"{address}/tasks", asked | wrong)).status_code == 422
    assert (await leif.post(f"{address}/tasks", asked | {"day": "2026-03-09"})).status_code == 409
    assert (await leif.post(f"{address}/tasks", asked)).status_code == 303
    for path in (address, "/incidents"):
        assert "Få låsen skiftet" in (await bo.get(path)).text
    assert "låsen" not in str(kind.look(house.url, "SELECT * FROM incident_task"))
    fields = {"at": "2026-03-10 14:00", "unit": "nord", "outcome": "false"}
    assert (await leif.post(f"{address}/correct", fields)).status_code == 303
    assert "Få låsen skiftet" in (await bo.get("/incidents")).text, "nothing but people ends it"
    assert (await bo.post(f"{address}/tasks/6", {"how": "done"})).status_code == 303
    assert "Få låsen skiftet" not in (await bo.get("/incidents")).text


@on_both
async def test_owners_are_told_in_time_and_leaders_when_it_is_late(begin: Begin, kind: DatabaseKind) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    address = await noted(house, await helped(house))
    leif, anna, bo = [await signed_in(house, who) for who in ("leif", "anna", "bo")]
    page = (await leif.get(address)).text
    for words in ("Psykisk førstehjælp", "Ring efter et døgn", "Ring efter en uge", "Ring efter en måned"):
        assert words in page
    assert "Psykisk førstehjælp" in (await leif.get("/incidents")).text
    assert "Psykisk førstehjælp" not in (await bo.get(address)).text, "he does not read that paper"

    assert (await bo.post(f"{address}/tasks/2/owner", {"form": "o2", "owner": "bo"})).status_code == 404
    assert (await anna.post(f"{address}/tasks/2", {"how": "done"})).status_code == 403, "it is not hers to end"
    assert (await leif.post(f"{address}/tasks/2/owner", {"form": "o2", "owner": "bo"})).status_code == 303
    assert "Ring efter et døgn" in (await bo.get(address)).text
    vague = await leif.post(f"{address}/tasks/3", {"form": "w3", "how": "waived", "why": "Ikke relevant"})
    assert (vague.status_code, "Skriv konkret" in vague.text) == (409, True)
    why = "Anna har selv aftalt samtaler med sin egen psykolog"
    assert (await leif.post(f"{address}/tasks/3", {"form": "w3", "how": "waived", "why": why})).status_code == 303
    assert why in (await leif.get(address)).text
    assert "egen psykolog" not in str(kind.look(house.url, "SELECT * FROM incident_task"))
    assert (await leif.post(f"{address}/tasks/1", {"how": "done"})).status_code == 303
    refused = await leif.post(f"{address}/sign")
    assert (refused.status_code, "Der mangler stadig noget" in refused.text) == (409, True)

    for phone in house.phones.values():
        phone.drops()
    for moment, told in (("2026-03-11T08:30", ["owner"]), ("2026-03-11T14:30", ["leaders", "owner"])):
        await house.is_asleep_until(moment)
        await house.passes(31)
        assert [entry.facts["to"] for entry in await rows(house, "incident_task_told")] == told
    sent = kind.look(house.url, "SELECT recipient FROM outbox WHERE subject LIKE 'incident:%' ORDER BY recipient")
    assert [row[0] for row in sent] == ["bo", "bo", "leif"]
    leif, bo = [await signed_in(house, who) for who in ("leif", "bo")]
    assert "for sent" in (await leif.get("/incidents")).text
    assert (await bo.post(f"{address}/tasks/2", {"how": "done"})).status_code == 303
    assert (await bo.post(f"{address}/tasks/2", {"how": "done"})).status_code in (404, 409)

    fields = {"at": "2026-03-10 14:00", "unit": "nord", "outcome": "precaution"}
    assert (await leif.post(f"{address}/correct", fields)).status_code == 303
    assert "Ikke længere nødvendigt" in (await leif.get(address)).text
    assert (await leif.post(f"{address}/sign")).status_code == 303
