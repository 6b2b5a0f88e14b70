"""Signing in with a password, staying signed in, and withdrawing with a PIN. Raising an alarm passes none of this."""

import asyncio
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from hub.clock import Clock
from hub.errors import Forbidden, NotFound, TooManyTries, Unauthenticated
from hub.people import store
from hub.people.access import Principal
from hub.people.attempts import Attempts
from hub.people.credentials import fingerprint, fits, hashed, nobodys_hash, outdated, session_token
from hub.people.events import SessionEnded
from hub.people.store import Account, Session
from hub.storage import journal
from hub.storage.database import Database, Transaction

T = TypeVar("T")

SESSION_LASTS = timedelta(hours=12)
# A session is written down again only this often, however many requests it makes.
RENEW_AFTER = timedelta(minutes=5)


class PinRequired(Forbidden):
    """The raiser has a PIN to withdraw with, and did not give it."""

    code = "pin_required"


class WrongPin(Forbidden):
    """That is neither of the raiser's PINs."""

    code = "wrong_pin"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person has signed in; `token` is what their browser keeps, and is told only this once."""

    token: str = field(repr=False)
    session: Session


class SignIns:
    """Who may come in with a password, and for how long."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._by_name = Attempts(5)
        self._by_address = Attempts(30)
        self._by_pin = Attempts(5)
        # One at a time: at the change of shift fifty passwords must not take the processor from an alarm.
        self._checking = asyncio.Semaphore(1)

    async def sign_in(self, username: str, password: str, address: str, user_agent: str = "") -> SignedIn:
        """Starts a session for the person whose name and password these are.

        The name is a person's id or e-mail address, with "institution/" before it if several here have the same.
        """
        within, _, name = username.strip().rpartition("/")
        with self._guess((self._by_name, (username.strip().lower(), address)), (self._by_address, address)) as right:
            async with self._database.read() as tx:
                accounts = await store.accounts(tx, name, within or None)
            account = accounts[0] if len(accounts) == 1 else None
            new_hash = await self._slowly(_checked, account, password)
            if account is None or new_hash is None:
                raise Unauthenticated(
                    "The user name or the password is wrong. "
                    "If your institution is not alone in this hub, write the name as institution/name."
                )
            right()
        return await self._start(account, new_hash, address, user_agent)

    async def _start(self, account: Account, new_hash: str, address: str, user_agent: str) -> SignedIn:
        token, now = session_token(), self._clock.now()
        session = Session(
            id=fingerprint(token),
            institution=account.institution,
            person=account.person,
            created_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_LASTS,
            user_agent=user_agent[:200],
            address=address[:100] or None,
        )

        async def action(tx: Transaction) -> SignedIn:
            # The password was checked outside the transaction: meanwhile it may have changed, or the person retired.
            if account not in await store.accounts(tx, account.person, account.institution):
                raise Unauthenticated("Your account has just been changed: sign in again.")
            if new_hash != account.password_hash:
                await store.keep_password(tx, account, new_hash)
            await store.start_session(tx, session)
            await _note(tx, session.institution, now, "signed_in", session.person, session.person)
            return SignedIn(token, session)

        return await self._database.write(action, of=account.institution)

    async def keep_alive(self, by: Principal) -> Principal:
        """Lets a session in use run for twelve hours from now; returns the principal with its new end."""
        now = self._clock.now()
        session, expires_at = by.session, now + SESSION_LASTS
        if session is None or by.expires_at is None or expires_at - by.expires_at < RENEW_AFTER:
            return by

        async def action(tx: Transaction) -> None:
            await store.keep_alive(tx, session, now, expires_at)

        await self._database.write(action, of=by.institution)
        return replace(by, expires_at=expires_at)

    async def sessions(self, institution: str, person: str) -> Sequence[Session]:
        """Where a person is signed in now, the most recently used first."""
        async with self._database.read() as tx:
            return await store.sessions(tx, institution, person, self._clock.now())

    async def end_session(self, institution: str, person: str, session: str, actor: str) -> None:
        """Signs a person out of one browser, at once; NotFound if they are not signed in there."""

        async def action(tx: Transaction) -> None:
            now = self._clock.now()
            if not await store.end_session(tx, institution, person, session, now):
                raise NotFound("There is no such session any more: look at the list again.")
            await _note(tx, institution, now, "session_ended", person, actor)
            tx.announce(SessionEnded(institution, person, session))

        await self._database.write(action, of=institution)

    async def under_duress(self, by: Principal, pin: str | None) -> bool:
        """Whether a withdrawal with this PIN is forced; Forbidden if the person has PINs and this is none of them."""
        if by.person is None:
            return False
        async with self._database.read() as tx:
            pins = await store.pins(tx, by.institution, by.person)
        if pins.pin is None:
            return False
        if not pin:
            raise PinRequired("Withdraw with your PIN.")
        with self._guess((self._by_pin, (by.institution, by.person))) as right:
            # Both are always checked: whoever stands beside must not see by the time which of the two it was.
            real, forced = await self._slowly(_which, pins, pin)
            if not (real or forced):
                raise WrongPin("That is not your PIN: the alarm goes on. Try again.")
            right()
        return forced

    async def _slowly(self, work: Callable[..., T], *values: object) -> T:
        async with self._checking:
            return await asyncio.to_thread(work, *values)

    @contextmanager
    def _guess(self, *keys: tuple[Attempts, Hashable]) -> Iterator[Callable[[], None]]:
        """Counts a guess against each of the keys, unless it turns out to be right."""
        now = self._clock.now()
        wait = max(attempts.wait(key, now) for attempts, key in keys)
        if wait:
            raise TooManyTries(f"Too many wrong tries: wait {wait} seconds, then try again.", retry_after=wait)
        for attempts, key in keys:
            attempts.count(key, now)

        def right() -> None:
            for attempts, key in keys:
                attempts.take_back(key, now)

        yield right


def _checked(account: Account | None, password: str) -> str | None:
    """The hash to keep if the password is the account's; takes as long for an account that is not there."""
    nobody, kept = nobodys_hash(), account.password_hash if account is not None else None
    right = fits(kept or nobody, password)
    if not right or kept is None:
        return None
    return hashed(password) if outdated(kept) else kept


def _which(pins: store.Pins, pin: str) -> tuple[bool, bool]:
    real = pins.pin is not None and fits(pins.pin, pin)
    return real, fits(pins.duress or nobodys_hash(), pin)


async def _note(tx: Transaction, institution: str, at: datetime, event: str, person: str, actor: str) -> None:
    await journal.append(tx, institution, at, event, subject=person, actor=actor)
