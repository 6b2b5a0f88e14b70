"""Signing in and out in a browser, and the list of where one is signed in."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from hub.clock import rfc3339
from hub.errors import Forbidden
from hub.people.access import Principal
from hub.web.api import Caller, Hub, Token
from hub.web.credentials import COOKIE
from hub.web.frames import SignIn
