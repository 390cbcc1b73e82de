"""Reads what Pipedrive's webhooks (version 2.0) send, in the shapes of the API instead of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import orjson
from pydantic import BeforeValidator, TypeAdapter, ValidationError, model_validator

from integrations.errors import Drift, DriftReason
from integrations.pipedrive.deals import Deal
from integrations.pipedrive.settings import SERVICE
from integrations.pipedrive.values import Moment, Record

_MOST_BYTES = 1024 * 1024
_PLAIN = frozenset({"enum", "user", "people", "org"})


def _number_if_whole(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


_Number = Annotated[int, BeforeValidator(_number_if_whole)]


class WebhookEvent(Record):
    """One notification.

    ``entity_id`` is a number, for leads a UUID. ``data`` is the state after the event (``None`` for a deletion) and
    holds only part of the keys; ``previous`` holds the earlier values of the changed keys, for a deletion the last
    state. Both have the shapes of the API. Nothing is promised about order and repetition: ``id`` names the event,
    ``attempt`` counts its deliveries from 1; before acting, read the entity itself.
    """

    id: str
    action: Literal["create", "change", "delete"]
    entity: str
    entity_id: Annotated[int | str, BeforeValidator(_number_if_whole)]
    company_id: _Number
    user_id: _Number | None = None
    webhook_id: _Number
    timestamp: Moment
    change_source: str | None = None
    attempt: int = 1
    is_bulk_edit: bool = False
    data: Mapping[str, Any] | None = None
    previous: Mapping[str, Any] | None = None

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, body: object) -> object:
        if not isinstance(body, Mapping) or not isinstance(body.get("meta"), Mapping):
            return body
        meta = body["meta"]
        entity = meta.get("entity")
        return {
            **meta,
            "data": _as_api(entity, body.get("data")),
            "previous": _as_api(entity, body.get("previous")),
        }

    @property
    def deal(self) -> Deal | None:
        """The deal after the event, if it is about one and says enough of it."""
        if self.entity != "deal" or self.data is None:
            return None
        try:
            return Deal.model_validate(self.data)
        except ValidationError:
            return None


_EVENT = TypeAdapter(WebhookEvent)


def parse_webhook(body: bytes) -> WebhookEvent:
    """Read the body of a delivery; check its Basic authentication before.

    Raises:
        Drift: it is larger than 1 MiB, no JSON, or not in the shape of version 2.0.
    """
    if len(body) > _MOST_BYTES:
        raise Drift(SERVICE, "a webhook of more than 1 MiB", reason=DriftReason.TOO_LARGE)
    try:
        return _EVENT.validate_python(orjson.loads(body))
    except orjson.JSONDecodeError:
        raise Drift(SERVICE, "a webhook that is not JSON", reason=DriftReason.NOT_JSON) from None
    except ValidationError as error:
        places = ", ".join(sorted({".".join(map(str, item["loc"])) or "body" for item in error.errors()})[:5])
        raise Drift(SERVICE, f"a webhook of another shape at {places}", reason=DriftReason.KEYS_GONE) from None


def _as_api(entity: object, state: object) -> object:
    if not isinstance(state, Mapping):
        return state
    shaped = dict(state)
    if isinstance(shaped.get("custom_fields"), Mapping):
        shaped["custom_fields"] = {code: _custom_value(value) for code, value in shaped["custom_fields"].items()}
    if entity != "lead":  # leads have it as a text in the API too
        shaped["visible_to"] = _number_if_whole(shaped.get("visible_to"))
        if shaped["visible_to"] is None and "visible_to" not in state:
            del shaped["visible_to"]
    return shaped


def _custom_value(value: Any) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """One value as API v2 has it. Times keep ``timezone_id``: the API's name of the zone is not in the delivery."""
    if not isinstance(value, Mapping) or "type" not in value:
        return value
    kind = value["type"]
    rest = {key: part for key, part in value.items() if key != "type"}
    if kind in _PLAIN:
        return rest.get("id")
    if kind == "set":
        return [option.get("id") for option in rest.get("values") or () if isinstance(option, Mapping)]
    if kind in {"daterange", "timerange"}:
        return {"value": rest.pop("from", None), **rest}
    if kind in {"monetary", "time", "address"}:
        return rest
    return rest.get("value")
