"""What an operator is told about settings."""

import pytest
from pydantic import ValidationError

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
