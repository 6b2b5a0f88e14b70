"""Reading an institution, its people and their credentials out of the database."""

from hub.people import tables as tables
