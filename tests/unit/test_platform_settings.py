"""What an operator is told about settings."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings, TokenSettings, TopicSettings, what_to_set


def refused(kind: type, monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    for name in ("KAFKA_BOOTSTRAP", "ITINERARY_TOKEN_ISSUER", "ITINERARY_PARTITIONS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as wrong:
        kind()
    return what_to_set(wrong.value)


def test_a_missing_setting_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(KafkaSettings, monkeypatch) == "set KAFKA_BOOTSTRAP"
    assert "set ITINERARY_TOKEN_ISSUER" in refused(TokenSettings, monkeypatch)


def test_a_wrong_setting_is_named_with_its_rule_and_not_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = refused(TopicSettings, monkeypatch, ITINERARY_PARTITIONS="0")

    assert said == "ITINERARY_PARTITIONS: Input should be greater than or equal to 1"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"SECURITY_PROTOCOL": "SASL_SSL"},
            "set KAFKA_SASL_PASSWORD, KAFKA_SASL_USERNAME, which SCRAM-SHA-512 needs",
        ),
        (
            {"SECURITY_PROTOCOL": "SASL_SSL", "SASL_MECHANISM": "OAUTHBEARER", "SASL_USERNAME": "relay"},
            "set KAFKA_SASL_OAUTHBEARER_TOKEN_FILE, which OAUTHBEARER needs",
        ),
        (
            {"SASL_USERNAME": "relay", "SASL_PASSWORD": "word"},
            "KAFKA_SECURITY_PROTOCOL is PLAINTEXT, which does not use KAFKA_SASL_PASSWORD, KAFKA_S",
        ),
        (
            {"SSL_CA_FILE": __file__},
            "KAFKA_SECURITY_PROTOCOL is PLAINTEXT, which does not use KAFKA_SSL_CA_FILE:",
        ),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_CA_FILE": "/nowhere/ca.pem"},
            "KAFKA_SSL_CA_FILE: Path does not point to a file",
        ),
    ],
)
def test_kafka_settings_that_would_not_be_secure_or_not_connect_are_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    given = {"BOOTSTRAP": "kafka:9093"} | variables

    told = refused(KafkaSettings, monkeypatch, **{f"KAFKA_{n}": v for n, v in given.items()})

    assert told.startswith(said)


def test_files_that_hold_no_certificate_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")

    said = refused(
        KafkaSettings,
        monkeypatch,
        KAFKA_BOOTSTRAP="kafka:9093",
        KAFKA_SECURITY_PROTOCOL="SSL",
        KAFKA_SSL_CA_FILE=str(file),
    )

    assert said.startswith("KAFKA_SSL_CA_FILE: no certificate or key that can be used: ")


async def test_a_token_is_what_its_file_holds_at_the_moment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("the first\n")
    settings = KafkaSettings(
        bootstrap="kafka:9093",
        security_protocol="SASL_SSL",
        sasl_mechanism="OAUTHBEARER",
        sasl_oauthbearer_token_file=file,
    )
    provider = client_arguments(settings)["sasl_oauth_token_provider"]

    assert await provider.token() == "the first"
    file.write_text("the next")
    assert await provider.token() == "the next"
