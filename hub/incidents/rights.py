"""Who may read and write which paper of an incident, decided by role, unit and part. Pure."""

from collections.abc import Collection, Iterator

from hub.incidents.incident import Incident, Part, Signer
from hub.incidents.paper import Paper
from hub.people import access
from hub.people.access import Principal
from hub.people.site import Role, Site

# A phone that is found in a bus shows nobody's papers, though its owner may write on it what they have just seen.
_ON_THE_FLOOR = frozenset({Role.STAFF, Role.SHIFT_LEAD, Role.MANAGER})


def may_enter(by: Principal) -> bool:
    """Every person; what each then finds is their own right."""
    return by.person is not None


def may_know(by: Principal, incident: Incident) -> bool:
    """That it happened: those of the unit, and those who were there."""
    return by.person is not None and (access.may_see_unit(by, incident.unit) or by.person in incident.people)


def may_read(by: Principal, paper: Paper, incident: Incident, safety: Collection[str]) -> bool:
    """All that is written in the paper, other people's words too."""
    return by.session is not None and _reads(by, paper, incident, safety)


def _reads(by: Principal, paper: Paper, incident: Incident, safety: Collection[str]) -> bool:
    here = access.may_see_unit(by, incident.unit)
    if paper is Paper.CASE:
        return here and by.role in _ON_THE_FLOOR
    return incident.people.get(by.name) is Part.OWN or (here and (by.role is Role.MANAGER or by.person in safety))


def may_write(by: Principal, paper: Paper, incident: Incident, safety: Collection[str]) -> bool:
    """Those who may read the paper, and those who were there: of what they saw, they know best."""
    return by.person is not None and (by.person in incident.people or _reads(by, paper, incident, safety))


def may_correct(by: Principal, incident: Incident, safety: Collection[str]) -> bool:
    """When and where it was, and what came of it."""
    return may_read(by, Paper.WORK, incident, safety)


def may_break_glass(by: Principal, incident: Incident) -> bool:
    """Administrators read no papers, but can in need, with a reason that is kept and shown to the leaders."""
    return by.role is Role.ADMIN and by.session is not None and may_know(by, incident)


def signs_as(by: Principal, incident: Incident, safety: Collection[str]) -> Signer | None:
    """In which quality somebody signs the incident, if in any."""
    if by.session is None or not access.may_see_unit(by, incident.unit):
        return None
    if by.role is Role.MANAGER:
        return Signer.LEADER
    return Signer.SAFETY if by.person in safety else None


def leads_here(by: Principal) -> bool:
    """Whether somebody signs the incidents of their units as their leader."""
    return by.role is Role.MANAGER and by.session is not None


def reads_all_here(by: Principal, safety: Collection[str]) -> bool:
    """Whether all employees' records of their units are theirs to read."""
    return by.session is not None and (by.role is Role.MANAGER or by.person in safety)


def may_use_view(by: Principal, owner: str, unit: str | None, *, shared: bool) -> bool:
    """One's own, and those shared with the leaders of the unit; behind a password, for they may hold names."""
    return by.session is not None and (
        by.person == owner or (shared and leads_here(by) and access.may_see_unit(by, unit))
    )


def needed(site: Site, incident: Incident, safety: Collection[str]) -> frozenset[Signer]:
    """Who must have signed it: the safety representative only where the unit has one."""
    found = (signs_as(one, incident, safety) for one in _people(site))
    return frozenset(one for one in found if one is not None) | {Signer.LEADER}


def readers(site: Site, paper: Paper, incident: Incident, safety: Collection[str]) -> list[str]:
    """Everybody who can read the paper, as it is said before anything is saved."""
    return [site.people[one.name].name for one in _people(site) if may_read(one, paper, incident, safety)]


def _people(site: Site) -> Iterator[Principal]:
    for person in site.people.values():
        yield Principal(site.institution.id, person.id, person.role, person.units, session="any")
