"""Those outside the house over HTTP: who is registered, and on what a conversation is shared with them."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field
from uuid_utils import uuid7

from hub.citizens.number import read_number
from hub.clock import rfc3339
from hub.errors import Invalid
from hub.messaging import outsideactions, outsidestore
from hub.messaging.category import OURS, Category
from hub.messaging.groundstore import choices
from hub.messaging.outside import LONGEST_NAME, Outside
from hub.messaging.outsideactions import Earlier
from hub.messaging.sharing import CONSENT, LONGEST_COVERS, NEEDS_BASIS, Basis, Passage
from hub.people.access import Principal
from hub.web.api import PROBLEMS, Caller, Hub, Token
from hub.web.frames import Moment, Name, Sent

router = APIRouter(prefix="/api", responses=PROBLEMS)

Which = Annotated[str, Path(max_length=200)]


class Sharing(Sent):
    """Somebody outside who is let in, and why they may read what is about a citizen."""

    outside: Name = Field(description="One of those that `GET /api/outside` lists.")
    earlier: Earlier | None = Field(
        default=None, description="Why they may read what was written before; else they read from now on."
    )
    ground: Name | None = Field(
        default=None, description="`consent`, or a ground's id; needed where it is about a citizen or an incident."
    )
    covers: Annotated[str, Field(max_length=LONGEST_COVERS)] = Field(default="", description="What may be shared.")
    given_by: Annotated[str, Field(max_length=LONGEST_NAME)] = Field(
        default="", description="Who gave the consent: the citizen, or whoever decides for them."
    )
    until: Moment | None = Field(default=None, description="From then on nothing is shared on it any more.")
    citizen: Annotated[str, Field(max_length=20)] = Field(
        default="", description="The citizen's number, where MedCom or Digital Post must name them; kept sealed."
    )
    category: Category = Field(
        default=OURS, description="Under which of MedCom's categories a thread that begins on it is sorted."
    )

    def basis(self, by: Principal, now: datetime) -> Basis | None:
        """The basis that it notes, if it notes one."""
        if self.ground is None:
            if self.covers or self.given_by or self.until is not None or self.citizen:
                raise Invalid("ground: write why it may be shared, consent or a ground's id")
            return None
        if self.until is None:
            raise Invalid("until: write until when it may be shared")
        number = read_number(self.citizen)
        if number is None and self.citizen:
            raise Invalid("citizen: this is no CPR number or eCPR: write six digits that are a day, and four signs")
        urn = number.urn if number is not None else ""
        return Basis(
            str(uuid7()), self.ground, (self.outside,), now, self.until, by.name, now,
            self.covers, self.given_by, urn, category=self.category,
        )  # fmt: skip


@router.get("/outside")
async def registered(hub: Hub, by: Caller) -> dict[str, Any]:
    """Those outside the house who may be written to now, and the grounds that something may be shared on today."""
    async with hub.database.read() as tx:
        here = await hub.messages.here(tx, by)
        known = await outsidestore.everybody(tx, hub.messages.keyring.vault, here.of)
        grounds = await choices(tx, here.site, here.now)
    return {
        "outside": [_outside(one) for one in known.values() if one.there(here.now)],
        "grounds": [{"id": one.id, "name": one.name, "paragraph": one.paragraph} for one in grounds.values()],
    }


@router.get("/conversations/{conversation}/sharing")
async def shared(hub: Hub, by: Caller, conversation: Which) -> dict[str, Any]:
    """On what a conversation is shared with somebody outside, and what has been, and what was kept back and why."""
    async with hub.database.read() as tx:
        here = await hub.messages.here(tx, by)
        one = await hub.messages.known(tx, here, conversation)
        key = await hub.messages.keyring.find(tx, here.of, one.id)
        bases = await outsidestore.bases(tx, key, here.of, one.id) if key is not None else []
        passed = await outsidestore.passages(tx, key, here.of, one.id) if key is not None else []
    return {
        "needs_basis": one.about in NEEDS_BASIS,
        "outside": [party.to.who for party in one.outside],
        "bases": [{**_basis(known), "holds": known.holds(here.now)} for known in bases],
        "messages": [_passage(known) for known in passed],
    }


@router.post("/conversations/{conversation}/sharing", status_code=201)
async def share(hub: Hub, token: Token, by: Caller, conversation: Which, body: Sharing) -> dict[str, Any]:
    """Let somebody outside into a conversation, and note why they may read it."""
    async with hub.database.read() as tx:
        one = await hub.messages.known(tx, await hub.messages.here(tx, by), conversation)
    basis = body.basis(by, hub.clock.now())
    if basis is None and one.about in NEEDS_BASIS:
        raise Invalid(f"ground: it is about somebody, so write why it may be shared: {CONSENT} or a ground's id")
    of = by.institution
    await outsideactions.invite(hub.messages, token, of, conversation, body.outside, basis, body.earlier)
    return {"basis": basis.id if basis is not None else None}


@router.post("/conversations/{conversation}/sharing/{basis}/withdraw")
async def withdraw(hub: Hub, token: Token, by: Caller, conversation: Which, basis: Which) -> dict[str, Any]:
    """Stop sharing on a basis at once, also what waits; how many messages this has kept back."""
    kept = await outsideactions.withdraw(hub.messages, token, by.institution, conversation, basis)
    return {"withheld": kept}


def _outside(one: Outside) -> dict[str, Any]:
    until = rfc3339(one.ends_at) if one.ends_at is not None else None
    return {"id": one.id, "name": one.name, "role": one.role.value, "way": one.way.value, "until": until}


def _basis(one: Basis) -> dict[str, Any]:
    return {
        "id": one.id,
        "ground": one.ground,
        "to": list(one.to),
        "covers": one.covers,
        "given_by": one.given_by,
        "category": one.category.value,
        "until": rfc3339(one.until),
        "noted_by": one.noted_by,
        "noted_at": rfc3339(one.noted_at),
        "withdrawn_at": rfc3339(one.withdrawn_at) if one.withdrawn_at is not None else None,
        "withdrawn_by": one.withdrawn_by,
    }


def _passage(one: Passage) -> dict[str, Any]:
    why = one.why.value if one.why is not None else None
    return {
        "number": one.number,
        "outside": one.outside,
        "state": one.state.value,
        "at": rfc3339(one.at),
        "why": why,
        "basis": one.basis,
    }
