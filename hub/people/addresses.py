"""Where somebody is reached over each channel."""

from collections.abc import Collection

from hub.people.site import Contact, Person, Role, Site


def address(site: Site, who: str, channel: str) -> str | None:
    """Where the recipient is reached over the channel, or None."""
    someone: Person | Contact | None = (
        site.contacts.get(who.removeprefix("contact:")) if who.startswith("contact:") else site.people.get(who)
    )
    if someone is None:
        return None
    if channel == "push":
        return who if isinstance(someone, Person) and someone.push else None
    if channel in ("sms", "voice"):
        return someone.phone
    if channel == "email":
        return someone.email
    if channel == "teams":
        # Most houses have one common room there, whose address stands in the settings: then this is not asked for.
        return someone.email or someone.id
    return someone.webhook if channel == "webhook" and isinstance(someone, Contact) else None


def way(site: Site, who: str, order: Collection[str], channels: Collection[str]) -> str | None:
    """The first channel in this order that the hub has and that reaches the person, for what one way is enough for."""
    return next((one for one in order if one in channels and address(site, who, one) is not None), None)


def leaders(site: Site, unit: str | None) -> list[str]:
    """The unit's managers; where it has none, the administrators."""
    here = [one for one in site.people.values() if unit is None or not one.units or unit in one.units]
    found = [one.id for one in here if one.role is Role.MANAGER]
    return found or [one.id for one in here if one.role is Role.ADMIN]
