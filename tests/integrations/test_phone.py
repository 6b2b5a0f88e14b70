import pytest

from integrations.phone import msisdn


@pytest.mark.parametrize(
    "written",
    [
        "20304050",
        "20 30 40 50",
        "2030-4050",
        "+45 20 30 40 50",
        "+4520304050",
        "0045 20304050",
        "45 20304050",
        " 20.30.40.50 ",
        "(20) 30 40 50",
        "20\u00a030\u00a040\u00a050",
    ],
)
def test_a_danish_number_however_it_is_written(written: str) -> None:
    assert msisdn(written) == "4520304050"


@pytest.mark.parametrize(
    ("written", "number"),
    [("+46 70 123 45 67", "46701234567"), ("0047 912 34 567", "4791234567"), ("+298 212345", "298212345")],
)
def test_a_number_abroad_needs_its_country(written: str, number: str) -> None:
    assert msisdn(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "112",
        "114",
        "+45112",
        "0045 112",
        "1234567",
        "123456789",
        "10203040",
        "00000000",
        "+45 2030405",
        "+45 203040506",
        "+45(0)20304050",
        "+0012345678",
        "+1234567890123456",
        "+",
        "mette",
        "20304050 lokal 3",
        "tel:20304050",
        "\u0662\u0660\u0663\u0660\u0664\u0660\u0665\u0660",
        "20304050\n112",
    ],
)
def test_what_cannot_be_called_is_no_number(written: str) -> None:
    assert msisdn(written) is None
