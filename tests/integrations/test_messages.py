"""What the other channels write, beyond the contract that all share."""

from dataclasses import replace

import pytest

from hub.ports import Never, Notice
from integrations.apprise import AppriseChannel, AppriseSettings
from tests.contracts.authority import Authority
from tests.contracts.benches import email, sms, teams, voice, webhook
from tests.contracts.mailbox import Mailbox
from tests.contracts.over_http import HttpStandIn

NOTICE = Notice(
    id="n-1",
    title="ALARM Nord",
    text="Freja har trykket i stue 3.",
    tag="alarm-1",
    url="https://hub.solgaarden.example/a/1",
    expires_in=900,
)


async def test_a_webhook_says_all_there_is(authority: Authority) -> None:
    async with webhook(5.0, authority) as bench:
        await bench.channel.send(replace(NOTICE, drill=True, url=None), bench.address)
        (said,) = bench.service.taken
        assert said.pop("sent_at")
        assert said == {
            "id": "n-1",
            "title": "ALARM Nord",
            "text": "Freja har trykket i stue 3.",
            "tag": "alarm-1",
            "url": None,
            "drill": True,
        }


async def test_an_id_of_any_letters_is_sent_and_ends_no_header(authority: Authority) -> None:
    async with webhook(5.0, authority) as bench:
        with pytest.raises(Never):
            # The stand-in wants the key to be the id as it is.
            await bench.channel.send(replace(NOTICE, id="alarm:søren\r\nX: 1"), bench.address)
        assert isinstance(bench.service, HttpStandIn)
        (call,) = bench.service.calls
        assert call.headers["idempotency-key"] == "alarm:s%C3%B8ren%0D%0AX%3A%201".replace("%3A", ":")
        assert "x" not in call.headers


async def test_a_call_reads_title_and_text_and_gives_the_providers_reference(authority: Authority) -> None:
    async with voice(5.0, authority) as bench:
        assert await bench.channel.send(NOTICE, "0045 20304050") == "call-1"
        assert bench.service.taken == [
            {"to": "+4520304050", "say": "ALARM Nord. Freja har trykket i stue 3.", "language": "da-DK", "id": "n-1"}
        ]


async def test_a_text_message_in_the_gsm_alphabet_names_no_encoding(authority: Authority) -> None:
    async with sms(5.0, authority) as bench:
        assert await bench.channel.send(NOTICE, bench.address) == "421332671"
        assert bench.service.taken == [
            {
                "sender": "Tryghed",
                "message": f"ALARM Nord\nFreja har trykket i stue 3.\n{NOTICE.url}",
                "recipients": [{"msisdn": 4520304050}],
                "userref": "n-1",
                "validity_period": 900,
            }
        ]


async def test_a_text_message_beyond_it_is_sent_as_ucs2(authority: Authority) -> None:
    async with sms(5.0, authority) as bench:
        await bench.channel.send(replace(NOTICE, title="ALARM Łukasz"), bench.address)
        (said,) = bench.service.taken
        assert said["encoding"] == "UCS2"


@pytest.mark.parametrize("number", ["112", "", "mette", "+45 112"])
async def test_what_is_no_phone_number_is_neither_called_nor_written_to(authority: Authority, number: str) -> None:
    async with sms(5.0, authority) as texts, voice(5.0, authority) as calls:
        for bench in (texts, calls):
            with pytest.raises(Never) as refusal:
                await bench.channel.send(NOTICE, number)
            assert refusal.value.more == {"gone": True}
            assert bench.service.connections == 0


async def test_an_email_has_one_recipient_a_subject_of_one_line_and_plain_text(authority: Authority) -> None:
    async with email(5.0, authority) as bench:
        assert isinstance(bench.service, Mailbox)
        await bench.channel.send(replace(NOTICE, title="ALARM Nord – Ærø\r\nBcc: spy@example.org"), bench.address)
        assert bench.service.recipients == ["mette+vagt@solgaarden.example"]
        (message,) = bench.service.taken
        assert message["Subject"] == "ALARM Nord – Ærø Bcc: spy@example.org"
        assert message["Bcc"] is None
        assert message.get_content_type() == "text/plain"
        assert message.get_content().split() == [*NOTICE.text.split(), NOTICE.url]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "mette",
        "a@b.example,c@d.example",
        "a@b.example c@d.example",
        "a@b.example\r\nBcc: c@d.example",
        "Mette <a@b.example>",
        "a@b.example?cc=c@d.example",
        "a@b.example&mode=ssl",
        "a@b@c.example",
        "mette@sø.example",
    ],
)
async def test_what_is_no_single_mailbox_is_not_written_to(authority: Authority, address: str) -> None:
    async with email(5.0, authority) as bench:
        with pytest.raises(Never) as refusal:
            await bench.channel.send(NOTICE, address)
        assert refusal.value.more == {"gone": True}
        assert bench.service.connections == 0


async def test_a_wrong_password_at_the_mail_server_is_never_and_stays_secret(authority: Authority) -> None:
    async with email(5.0, authority) as right:
        template = (
            f"mailto://hub:wrong-word@127.0.0.1:{right.service.port}?from=a@b.example&mode=insecure&to={{address}}"
        )
        channel = AppriseChannel(AppriseSettings("email", template))
        with pytest.raises(Never, match="535") as refusal:
            await channel.send(NOTICE, "mette@solgaarden.example")
        assert "wrong-word" not in refusal.value.detail
        await channel.close()


async def test_a_card_in_teams_carries_title_text_and_link_and_no_foreign_picture(authority: Authority) -> None:
    async with teams(5.0, authority) as bench:
        sneaky = replace(NOTICE, text="Stue 3. [her](https://evil.example) <at>alle</at>")
        await bench.channel.send(sneaky, bench.address)
        (card,) = bench.service.taken
        for part in ("ALARM Nord", "Stue 3. (her)", f"[{NOTICE.url}]({NOTICE.url})"):
            assert part in card
        assert "<at>" not in card
        assert "Image" not in card
