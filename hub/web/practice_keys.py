"""The questions of a case practice: what can be chosen, and what follows from each choice, in plain words."""

from dataclasses import dataclass

from hub.cases.practice import CaseLink, CaseModel, CloseOn, CrossKle, KleBy, Missing, Target, Visibility
from hub.kle.kle import Level
from hub.ports import Form
from hub.web.practice_words import Choice, details
from hub.web.render import Texts


@dataclass(frozen=True, slots=True)
class Key:
    """One question of a practice."""

    name: str
    label: str
    choices: tuple[Choice, ...]


def keys(say: Texts) -> tuple[Key, ...]:
    """The questions with a choice each, in the order in which they are asked."""
    return tuple(ask(say) for ask in _ASKED)


def _case_model(say: Texts) -> Key:
    return Key(
        "case_model",
        say("What is a case here?"),
        (
            (
                CaseModel.ONE_LONG_CITIZEN,
                say("One long case for each citizen"),
                say("A case that is known in any area is used. The overview shows few cases with much in each."),
            ),
            (
                CaseModel.ONE_LONG_AREA,
                say("One long case for each citizen and area"),
                say("Only the case of this very area is used, also where another area has one."),
            ),
            (
                CaseModel.PER_AREA,
                say("Cases by area"),
                say("Each area keeps its own. Whoever looks must look in each of them."),
            ),
            (
                CaseModel.SINGLE,
                say("Single cases"),
                say("Each matter is a case. There are many of them, and what is written is written more often."),
            ),
            (
                CaseModel.COMBINED,
                say("One case for care and social work"),
                say("Both areas write on the same case, and both can read what the other wrote."),
            ),
        ),
    )


def _record_as(say: Texts) -> Key:
    return Key(
        "record_as",
        say("What does an incident become?"),
        (
            (
                Form.ON_LONG_CASE,
                say("A note on the long case"),
                say("Nothing new appears in the overview of cases. The note is found by opening the case."),
            ),
            (
                Form.OWN_CASE,
                say("A case of its own"),
                say("It can be followed and closed by itself, and is one more case in the overview."),
            ),
            (
                Form.UNDER_CASE,
                say("A case under another case"),
                say("It can be closed by itself and still be found from the long case."),
            ),
            (
                Form.NO_CASE,
                say("A note without a case"),
                say("It is kept by its number alone. Nobody finds it by opening a case."),
            ),
        ),
    )


def _close_on(say: Texts) -> Key:
    return Key(
        "close_on",
        say("When is it closed?"),
        (
            (
                CloseOn.DECISION,
                say("When it is decided: the leader has signed"),
                say("Closed may mean that follow-up has only just begun. The local status says so."),
            ),
            (
                CloseOn.FOLLOW_UP,
                say("When the follow-up is done"),
                say("Open means that something is still to be done. It stays open for a month and more."),
            ),
            (
                CloseOn.SERVICE_END,
                say("When the citizen's service ends"),
                say("It stays open for years, and the time until it is deleted begins only then."),
            ),
            (
                CloseOn.NEVER,
                say("Never from here"),
                say("The case system closes it. The hub never says that it is closed, so no time runs from here."),
            ),
        ),
    )


def _case_link(say: Texts) -> Key:
    return Key(
        "case_link",
        say("Must it be known which case it belongs to?"),
        (
            (
                CaseLink.REQUIRED,
                say("Yes"),
                say("Without a case it does what is chosen below."),
            ),
            (
                CaseLink.OPTIONAL,
                say("Where it is known"),
                say("The case is proposed, and the case system decides. Some will come without one."),
            ),
            (
                CaseLink.NEVER,
                say("No, never"),
                say("There is no link between the grant and the case in the overview. Staff must search."),
            ),
        ),
    )


def _when_missing(say: Texts) -> Key:
    return Key(
        "when_missing",
        say("And where the case is not known?"),
        (
            (
                Missing.HOLD,
                say("Wait until somebody has found it"),
                say("It is not in the case system meanwhile, and stands on the list of what waits."),
            ),
            (
                Missing.SEND,
                say("Send it without"),
                say("It is there at once, and somebody there places it."),
            ),
            (
                Missing.CREATE,
                say("Make a case of its own"),
                say("It is there at once. A case too many may have to be joined later."),
            ),
        ),
    )


def _kle_level(say: Texts) -> Key:
    return Key(
        "kle_level",
        say("How finely is the number (KLE) given?"),
        (
            (
                Level.SUBJECT,
                say("The subject itself, such as 87.15.00"),
                say("Access can be given by subject. The number must be right."),
            ),
            (
                Level.GROUP,
                say("The group: its number in general"),
                say("Fewer wrong numbers. Access is filtered more coarsely, and more people will call to ask."),
            ),
            (
                Level.MAIN_GROUP,
                say("The main group: its number in general"),
                say("Hardly any wrong numbers. Access is filtered by main group only."),
            ),
            (
                Level.COMMON,
                say("One number for care and social work"),
                say("Everybody with that number sees them all. Statistics cannot tell them apart."),
            ),
        ),
    )


def _kle_required_by(say: Texts) -> Key:
    return Key(
        "kle_required_by",
        say("By when must the number be the right one?"),
        (
            (
                KleBy.INTAKE,
                say("At once"),
                say("Chosen too early it gives a wrong picture, to the citizen and in statistics."),
            ),
            (
                KleBy.TRIAGE,
                say("When the first note is written"),
                say("Until then the default number stands. What was sent is changed by a new registration."),
            ),
            (
                KleBy.CLOSE,
                say("When it is signed"),
                say("Until then the default number stands, and access follows it."),
            ),
        ),
    )


def _cross_kle(say: Texts) -> Key:
    return Key(
        "cross_kle",
        say("What if it is about several numbers?"),
        (
            (
                CrossKle.SPLIT,
                say("One record for each"),
                say("Each has its own access and its own time. Two records."),
            ),
            (
                CrossKle.UMBRELLA,
                say("One record under the number above them"),
                say("One record. Access and time are those of the number above."),
            ),
            (
                CrossKle.PRIMARY,
                say("One record under the first, the others named"),
                say("One record. The index knows the first number only."),
            ),
        ),
    )


def _detail_level(say: Texts) -> Key:
    return Key("detail_level", say("What is the case system told?"), details(say))


def _detail_overview(say: Texts) -> Key:
    return Key("detail_overview", say("What is the shared overview told, and so the citizen?"), details(say))


def _citizen_visibility(say: Texts) -> Key:
    return Key(
        "citizen_visibility",
        say("Does the citizen see it in their own overview?"),
        (
            (Visibility.HIDDEN, say("No"), say("It is marked as left out of the citizen's view.")),
            (Visibility.SHOWN, say("Yes"), say("The neutral title can be read by the citizen at once.")),
            (Visibility.BY_SORT, say("Some sorts"), say("Those that are ticked below, and no others.")),
        ),
    )


def _target(say: Texts) -> Key:
    return Key(
        "target",
        say("Where does it go?"),
        (
            (
                Target.SF2900,
                say("To the case system, through Fordelingskomponenten (SF2900)"),
                say("The case system that has the number gets it, and answers whether it took it."),
            ),
            (
                Target.SF1470,
                say("To the shared index (SF1470)"),
                say("SAPA and the citizen's view know that it is there. The record itself stays here."),
            ),
            (
                Target.OIO,
                say("To the municipality's own case system, as OIO REST"),
                say("It is a case there at once, with all that it was before."),
            ),
            (
                Target.FILE,
                say("To a folder, as PDF and XML"),
                say("Any system can fetch it there. Nobody answers whether it did."),
            ),
            (
                Target.MANUAL,
                say("To a person, who copies it"),
                say("Nothing is sent. It stands on a list until somebody ticks it off."),
            ),
        ),
    )


_ASKED = (
    _case_model,
    _record_as,
    _close_on,
    _case_link,
    _when_missing,
    _kle_level,
    _kle_required_by,
    _cross_kle,
    _detail_level,
    _detail_overview,
    _citizen_visibility,
    _target,
)
