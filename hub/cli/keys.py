"""`hub keys` and `hub keys rotate`."""

import asyncio
import base64
import secrets
from collections.abc import Iterator, Mapping

import click
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.cli.opening import existing, opened, settings
from hub.clock import SystemClock
from hub.proof.notary import Notary
from hub.settings import Settings
from hub.storage import keyfile
from hub.storage import secrets as kept
from hub.storage.database import Transaction
from hub.storage.keyfile import FILE
from hub.storage.resealing import SIGNED_LASTS, Standing, standing
from hub.storage.vault import open_vault

# Secret -> what it is for.
PURPOSES: Mapping[str, str] = {
    "vapid": "push services know this hub by it",
    "signing": "webhooks and calls are signed with it, and receipts from notifications",
}


@click.group(invoke_without_command=True)
@click.pass_context
def keys(ctx: click.Context) -> None:
    """Make the keys that the hub needs for the world outside; those that are there stay."""
    if ctx.invoked_subcommand is None:
        asyncio.run(_keys(settings()))


@keys.command()
def rotate() -> None:
    """Sign checkpoints with a new key from now on; the old one vouches for it in every journal."""
    click.echo(f"checkpoint key from now on: {asyncio.run(_rotate(existing()))}")
    click.echo("Give it to those who check the journal. What the old key has signed stays proved.")


@keys.command()
def rotate_master() -> None:
    """Make a new master key; the hubs take it up by themselves, and seal everything anew with it while they run."""
    found = existing()
    name = keyfile.add(found.data / FILE)
    click.echo(f"master key {name}: made. Every hub and worker that is running takes it up within two minutes.")
    if found.several:
        click.echo(f"Those on other machines need it first: copy {found.data / FILE} to each of them now.")
    click.echo(
        f"hub keys says how far it is. Keep a copy of {found.data / FILE} as it is now, apart from the database."
    )


async def _keys(found: Settings) -> None:
    vault = open_vault(found.data)
    async with opened(found) as database:
        for line in _standing(await standing(database, vault, SystemClock().now())):
            click.echo(line)
        for name, purpose in PURPOSES.items():
            value = _new(name)

            async def action(tx: Transaction, name: str = name, value: bytes = value) -> bool:
                return await kept.keep(tx, vault, name, value)

            made = await database.write(action)
            click.echo(f"{name}: {'made' if made else 'there already'} ({purpose})")
        async with database.read() as tx:
            vapid = await kept.find(tx, vault, "vapid") or b""
            signing = await kept.find(tx, vault, "signing") or b""
        notary = Notary(database, SystemClock(), vault)
        checkpoint_key = (await notary.signer()).public.text
    click.echo(f"push public key: {_public(vapid)}")
    click.echo(f"webhook signing key, for those who receive them: {base64.urlsafe_b64encode(signing).decode()}")
    click.echo(f"checkpoint key, for those who check the journal: {checkpoint_key}")
    click.echo(f"They are sealed with {found.data / FILE}: keep a copy of that file apart from the database.")


async def _rotate(found: Settings) -> str:
    async with opened(found) as database:
        return (await Notary(database, SystemClock(), open_vault(found.data)).rotate()).public.text


def _standing(now: Standing) -> Iterator[str]:
    kept = now.kept
    for name in sorted(kept.keys, key=lambda name: (name != kept.current, name)):
        if name == kept.current:
            what = "seals what is written now"
        elif name == kept.coming:
            what = f"is taken up once it is at {', '.join(now.lacking) or 'every hub, which takes two minutes at most'}"
        elif now.rows[name] or kept.since is None:
            what = "is on its way out: these are sealed anew while a hub runs"
        else:
            what = f"is kept until {kept.since + SIGNED_LASTS:%Y-%m-%d} for codes that it has signed, and then retires"
        yield f"master key {name}: {now.rows[name]} rows; {what}"


def _new(name: str) -> bytes:
    if name == "vapid":
        return ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big")
    return secrets.token_bytes(32)


def _public(private: bytes) -> str:
    key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
