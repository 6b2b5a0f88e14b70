"""What incidents are said in: questions, kinds, outcomes, states and papers."""

from datetime import timedelta

from hub.alarms.events import name_of
from hub.alarms.outcome import FalseBecause
from hub.incidents.followup import RECORDS, How
from hub.incidents.incident import Incident, Outcome, State
from hub.incidents.paper import Fact, Kind, Paper
from hub.people.site import Site
from hub.web.render import Texts


def outcomes(say: Texts) -> dict[str, str]:
    return {
        Outcome.REAL.value: say("Real"),
        Outcome.FALSE.value: say("False alarm"),
        Outcome.TEST.value: say("Test"),
        Outcome.PRECAUTION.value: say("Precaution"),
    }


def false_because(say: Texts) -> dict[str, str]:
    return {
        FalseBecause.MISTAKE.value: say("Pressed by mistake"),
        FalseBecause.FAULT.value: say("A fault of the device"),
        FalseBecause.MISUNDERSTANDING.value: say("A misunderstanding"),
        FalseBecause.TRIED.value: say("Tried out without a drill"),
    }


def outcome(what: str | None, because: str | None, say: Texts) -> str:
    """What came of it, and why it was false where that is said."""
    parts = (outcomes(say).get(what or "", ""), false_because(say).get(because or "", ""))
    return " · ".join(part for part in parts if part)


def kinds(say: Texts) -> dict[str, str]:
    return {
        Kind.PHYSICAL.value: say("Physical violence"),
        Kind.PSYCHOLOGICAL.value: say("Psychological violence"),
        Kind.THREAT.value: say("Threats"),
        Kind.HARASSMENT.value: say("Harassment"),
        Kind.NEAR_MISS.value: say("Near miss"),
    }


def facts(say: Texts) -> dict[str, str]:
    """What starts the clocks of the law."""
    return {
        Fact.OFFENCE.value: say("It may be a penal offence, such as violence or threats at work"),
        Fact.ABSENCE.value: say("Somebody is away from work beyond the day itself"),
        Fact.CLAIM.value: say("A claim for compensation can be expected"),
        Fact.ADULT_FORBIDDEN.value: say("Force on an adult: not permitted, or self-defence"),
        Fact.ADULT_PERMITTED.value: say("Force on an adult: permitted, or acute restraint"),
        Fact.CHILD.value: say("Force on a placed child or young person"),
        Fact.MATTERS.value: say("Facts that matter to the resident's case"),
    }


def states(say: Texts) -> dict[str, str]:
    return {
        State.WAITING.value: say("Waiting for the first note"),
        State.NOTED.value: say("Noted"),
        State.SIGNED.value: say("Signed and locked"),
    }


def papers(say: Texts) -> dict[str, str]:
    return {
        Paper.WORK.value: say("The employee's work-environment record"),
        Paper.CASE.value: say("The resident's case note"),
    }


def rules_of_reading(say: Texts) -> dict[str, str]:
    """Whose the papers are to read, as a rule."""
    return {
        Paper.WORK.value: say("Those whom it happened to, the unit's leaders and its safety representative."),
        Paper.CASE.value: say("Those who work in the unit. Not the safety representative, not the administrators."),
    }


def questions(say: Texts) -> dict[str, tuple[str, str]]:
    """Each question, and what helps to answer it."""
    return {
        "kinds": (say("Kinds of violence and threat"), ""),
        "happened": (say("What happened?"), say("In your own words, in the order that it happened.")),
        "led_to": (say("What led to it?"), say("What came before, and what could be seen coming.")),
        "people": (say("Who was there?"), say("Colleagues and others. Residents belong in the case note.")),
        "injuries": (say("Injuries"), say("Of body or mind, also those that seem small.")),
        "helped": (
            say("Who helped whom afterwards?"),
            say("Psychological first aid, who took whom home, who was told."),
        ),
        "learnt": (say("What have we learnt?"), say("What we will do in another way.")),
        "law": (say("What is so?"), say("What you tick starts the clocks of the law, and says who must be told.")),
        "force": (say("What is so?"), say("What you tick starts the clocks of the law, and says who must be told.")),
        "resident": (say("Which resident?"), say("As the case system knows them.")),
        "before": (say("What led to it, seen from the resident?"), ""),
        "course": (
            say("What happened, as it matters to the case?"),
            say("What was seen and heard, not what was guessed."),
        ),
        "care": (say("What was done for the resident, and who was told?"), say("Relatives, guardian, doctor.")),
    }


def tasks(say: Texts) -> dict[str, tuple[str, str]]:
    """What must be done, and how."""
    return {
        "first_aid": (
            say("Psychological first aid"),
            say("Be with them, let them tell, see that they are not alone and come home safely."),
        ),
        "call_day": (say("Call after a day"), say("Ask how the night was, and what they need.")),
        "call_week": (say("Call after a week"), say("Sleep, work, unease: offer a psychologist if it does not pass.")),
        "call_month": (say("Call after a month"), say("Is it behind them? If not, what will help?")),
        "debrief": (
            say("Debriefing"),
            say("Talk it through together: what happened, what went well, and what is needed now."),
        ),
        f"{RECORDS}{Paper.WORK.value}": (say("The staff's record into the case system"), _where(say)),
        f"{RECORDS}{Paper.CASE.value}": (say("The resident's note into the case system"), _where(say)),
    }


def _where(say: Texts) -> str:
    return say("See under Records for the case system what it waits for, and who can move it.")


def endings(say: Texts) -> dict[str, str]:
    return {
        How.DONE.value: say("Done"),
        How.WAIVED.value: say("Not done"),
        How.LAPSED.value: say("No longer called for"),
    }


def left(time: timedelta, say: Texts) -> str:
    """How long there is yet, or since when it is late."""
    hours = abs(time) // timedelta(hours=1)
    span = say("{n} days", n=hours // 24) if hours >= 48 else say("{n} h", n=hours)
    if time > timedelta():
        return say("{span} left", span=span) if hours else say("less than an hour left")
    return say("{span} late", span=span) if hours else say("late")


def headline(incident: Incident, unit: str, place: str, say: Texts, *, open_book: bool) -> str:
    """What an incident is called: by its kinds only before those who may read them."""
    words = kinds(say)
    what = ", ".join(words[kind.value] for kind in incident.kinds) if open_book and incident.kinds else say("Incident")
    return " · ".join(part for part in (what, place or unit) if part)


def joined(time: str, say: Texts) -> str:
    return say("Joined {time}", time=time)


def who(site: Site, person: str) -> str:
    return name_of(site, person) or person


def unit_name(site: Site, unit: str | None) -> str:
    found = site.units.get(unit or "")
    return found.name if found is not None else unit or ""


def place_name(site: Site, place: str | None) -> str:
    found = site.places.get(place or "")
    return found.name if found is not None else place or ""


def nobody(say: Texts) -> str:
    return say("Nobody yet")
