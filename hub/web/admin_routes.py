"""All that is behind /admin, in one list."""

from starlette.routing import BaseRoute

from hub.web import admin_devices, admin_drills, admin_home, admin_people, admin_rules, admin_units
from hub.web.admin import Desks
from hub.web.pages import Pages

ROOMS = (admin_home, admin_units, admin_people, admin_devices, admin_rules, admin_drills)


def admin_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of every administration page."""
    return [route for room in ROOMS for route in room.routes(Desks(pages))]
