"""What the journal keeps of a session, and how it looks to the person and to those who lead the unit."""

from typing import Any

from hub.alarms.events import name_of
from hub.clock import micros, rfc3339
from hub.lone.session import Change, Session
from hub.people.site import Site

PREFIX = "lone:"


def subject(session: Session) -> str:
    """The session's name in journal and outbox; a client might give an alarm the same id."""
    return PREFIX + session.id


def facts_of(change: Change) -> dict[str, Any]:
    """The journal's facts: ids and numbers, never where or why in the person's own words."""
    session = change.session
    facts: dict[str, Any] = {
        "person": session.person,
        "state": session.state.value,
        "version": session.version,
        "ends_at": micros(session.ends_at),
        "alarms_at": micros(session.alarms_at),
    }
    rest = {"unit": session.unit, "place": session.place, "alarm": session.alarm}
    return facts | {name: value for name, value in rest.items() if value is not None}


def session_json(session: Session, site: Site, own: bool) -> dict[str, Any]:
    """The session as the protocol shows it; the position is for the person alone, until there is an alarm."""
    unit, place = site.units.get(session.unit or ""), site.places.get(session.place or "")
    shown: dict[str, Any] = {
        "id": session.id,
        "person": session.person,
        "person_name": name_of(site, session.person),
        "unit": session.unit,
        "unit_name": unit.name if unit is not None else session.unit,
        "state": session.state.value,
        "version": session.version,
        "minutes": session.length.total_seconds() / 60,
        "grace": session.grace.total_seconds(),
        "starts": rfc3339(session.starts),
        "alive_at": rfc3339(session.alive_at),
        "reminds_at": rfc3339(session.reminds_at),
        "ends_at": rfc3339(session.ends_at),
        "alarms_at": rfc3339(session.alarms_at),
    }
    said = session.place or session.where
    rest = {
        "place": said,
        "place_name": place.name if place is not None else said,
        "purpose": session.purpose,
        "alarm": session.alarm,
        "ended_at": rfc3339(session.ended_at) if session.ended_at else None,
    }
    shown |= {name: value for name, value in rest.items() if value is not None}
    if own and session.position is not None:
        where = session.position
        shown["position"] = {"lat": where.lat, "lon": where.lon, "accuracy_m": where.accuracy_m}
    return shown


def frame(change: Change, site: Site) -> dict[str, Any]:
    """What the person's own screens are told: no cursor, for a screen that comes back finds it in its snapshot."""
    return {"type": "lone", "event": change.event.value, "session": session_json(change.session, site, own=True)}
