"""What screens are told when somebody can no longer be reached with the page closed."""

from collections.abc import Iterator

from hub.alarms.audience import encode
from hub.delivery.sockets import Envelope, text_frame
from hub.people.site import Person, Role, Site


def push_lost(site: Site, who: str) -> Envelope:
    """Tells the person's own screens, and those of the shift leads, that a browser of theirs is lost to push."""
    person = site.people.get(who)
    leads = _leads(site, person) if person is not None else ()
    name = person.name if person is not None else None
    frame = {"type": "warning", "code": "push_lost", "person": who, "name": name}
    return Envelope(site.institution.id, None, {who, *leads}, (), text_frame(encode(frame)))


def _leads(site: Site, person: Person) -> Iterator[str]:
    """The shift leads who belong where the person does; no units means the whole institution."""
    for one in site.people.values():
        shared = not one.units or not person.units or set(one.units) & set(person.units)
        if one.role is Role.SHIFT_LEAD and shared:
            yield one.id
