"""What cases are said in: how far one is, what a fact of it says, and the papers that lie with a record."""

from hub.cases.case import Fact, What
from hub.ports import Progress
from hub.web import prepared_words
from hub.web.render import Texts

INCIDENT = "incident"


def progresses(say: Texts) -> dict[str, str]:
    return {
        Progress.ARISEN.value: say("Opened"),
        Progress.INFORMED.value: say("Informed"),
        Progress.DECIDED.value: say("Decided"),
        Progress.CLOSED.value: say("Closed"),
    }


def whats(say: Texts) -> dict[What, str]:
    return {
        What.TITLE: say("Title"),
        What.STATE: say("How far"),
        What.CLASSED: say("Number (KLE)"),
        What.CITIZEN: say("About"),
        What.PARTY: say("Party"),
        What.BASIS: say("Legal basis"),
        What.NOTE: say("Note in the journal"),
        What.CASE: say("Belongs with the case"),
        What.ELSEWHERE: say("Held elsewhere"),
        What.GRANT: say("Grant"),
        What.HELD: say("Held, so that nothing is deleted"),
        What.ARCHIVED: say("Handed to the archive"),
        What.OVER: say("Is so no more"),
    }


def elsewhere(fact: Fact, say: Texts) -> str:
    """Where a case is held outside, and what it is called there."""
    system, _, reference = fact.words.partition("\n")
    return say("{system}: {number}", system=system, number=reference)


def said(fact: Fact, say: Texts) -> str:
    """What a fact says, where no other thing need be looked up for it."""
    match fact.what:
        case What.STATE:
            return progresses(say)[fact.about]
        case What.ELSEWHERE:
            return elsewhere(fact, say)
    return fact.words or fact.about


def papers(say: Texts) -> dict[str, str]:
    """The papers that can lie with a record, by what they are made of."""
    return {INCIDENT: say("The incident's paper"), **prepared_words.reports(say)}
