"""What prepared reports are called, and what each of their fields asks for."""

from hub.incidents.prepared import Report
from hub.web.render import Texts


def reports(say: Texts) -> dict[str, str]:
    return {
        Report.EASY.value: say("Work accident, for EASY"),
        Report.FORCE.value: say("Use of force"),
        Report.POLICE.value: say("Report to the police"),
        Report.REASONS.value: say("Why the police were not told"),
    }


def fields(say: Texts) -> dict[str, str]:
    """Each field, known or not."""
    return {
        "employer": say("Institution"),
        "employer_number": say("Employer's CVR number"),
        "workplace": say("Unit"),
        "happened_at": say("When"),
        "place": say("Place"),
        "people": say("Whom it happened to"),
        "kinds": say("Kinds of violence and threat"),
        "happened": say("What happened?"),
        "led_to": say("What led to it?"),
        "injuries": say("Injuries"),
        "witnesses": say("Who was there?"),
        "learnt": say("What have we learnt?"),
        "absence": say("Somebody is away from work beyond the day itself"),
        "claim": say("A claim for compensation can be expected"),
        "safety": say("Safety representatives"),
        "reasons": say("The concrete reasons"),
        "force": say("What sort of force"),
        "resident": say("Which resident?"),
        "before": say("What led to it, seen from the resident?"),
        "course": say("What happened, as it matters to the case?"),
        "care": say("What was done for the resident, and who was told?"),
        "civil_number": say("Civil registration number of the injured"),
        "production_unit": say("P number of the workplace"),
        "job": say("Job title of the injured"),
        "employed_since": say("Employed since"),
        "body_part": say("Injured part of the body"),
        "injury_code": say("Sort of injury, by EASY's list"),
        "first_absence_day": say("First day of absence"),
        "absence_length": say("How long the absence is expected to last"),
        "resident_number": say("Civil registration number of the resident"),
        "by_whom": say("Who used force"),
        "which_force": say("Which hold or which other force"),
        "duration": say("How long it lasted"),
        "legal_basis": say("The provision that it rests on"),
        "tried_before": say("What was tried before"),
        "resident_said": say("What the resident says of it"),
        "leader_says": say("The leader's remarks: what can prevent it"),
        "address": say("Address of the workplace"),
        "suspect": say("Who is reported, if it is known"),
        "pictures": say("Pictures and doctor's notes"),
        "contact": say("Whom the police can call"),
    }
