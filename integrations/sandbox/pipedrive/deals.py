"""The deals' own rules: what may be written, and what else a write moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from integrations.sandbox.pipedrive import checks
from integrations.sandbox.pipedrive.answers import Json, Refused, invalid, not_found
from integrations.sandbox.pipedrive.world import Happening, Source, World

_KEYS: Mapping[str, checks.Check] = {
    "title": checks.text(least=1),
    "owner_id": checks.integer,
    "person_id": checks.nullable(checks.integer),
    "org_id": checks.nullable(checks.integer),
    "pipeline_id": checks.integer,
    "stage_id": checks.integer,
    "value": checks.number,
    "currency": checks.currency,
    "status": checks.one_of("open", "won", "lost"),
    "probability": checks.nullable(checks.between(0, 100)),
    "lost_reason": checks.nullable(checks.text()),
    "visible_to": checks.one_of(1, 3, 5, 7),
    "expected_close_date": checks.day,
    "label_ids": checks.list_of(checks.integer),
    "channel_id": checks.nullable(checks.text()),
}
_CHANGE_ONLY: Mapping[str, checks.Check] = {"is_deleted": checks.boolean, "is_archived": checks.boolean}
_CREATE_ONLY: Mapping[str, checks.Check] = {"origin_id": checks.nullable(checks.text())}
_NOT_IN_HISTORY = frozenset({"update_time", "custom_fields"})


class Deals:
    """Creates, changes and deletes deals, for the API and for people alike."""

    def __init__(self, world: World) -> None:
        """The deals of ``world``."""
        self._world = world

    def get(self, deal_id: int) -> Json:
        """A deal, deleted ones too, or a refusal."""
        if deal_id not in self._world.deals:
            raise not_found("Deal")
        return self._world.deals[deal_id]

    def create(self, body: Json, user_id: int, source: Source = "api", **more: object) -> Json:
        """Make a deal of a body. ``more`` sets what no body may."""
        checks.check_body(body, {**_KEYS, **_CREATE_ONLY, **self._custom()}, "title")
        # The real service takes an origin id and forgets it.
        given = {name: value for name, value in body.items() if name != "origin_id"}
        deal = _empty(self._world, user_id) | more
        self._apply(deal, {"status": "open", "stage_id": self._first_stage(given), **given})
        self._world.deals[deal["id"]] = deal
        self._world.happened(Happening("deal", None, deal, user_id, source))
        return deal

    def change(self, deal_id: int, body: Json, user_id: int, source: Source = "api") -> Json:
        """Change a deal."""
        before = self.get(deal_id)
        checks.check_body(body, {**_KEYS, **_CHANGE_ONLY, **self._custom()})
        if before["is_deleted"] and body.get("is_deleted") is not False:
            raise not_found("Deal")
        if before["is_archived"] and body.get("is_archived") is not False:
            raise Refused(400, "Archived deals cannot be changed", code="ERR_DEAL_ARCHIVED")
        after: Json = before | {"custom_fields": dict(before["custom_fields"])}
        given = dict(body)
        if "pipeline_id" in given and "stage_id" not in given:
            given["stage_id"] = self._first_stage(given)
        self._apply(after, given)
        return self._keep(before, after, user_id, source)

    def delete(self, deal_id: int, user_id: int, source: Source = "api") -> None:
        """Mark a deal as deleted."""
        before = self.get(deal_id)
        if before["is_deleted"]:
            raise not_found("Deal")
        self._keep(before, before | {"is_deleted": True}, user_id, source)

    def _keep(self, before: Json, after: Json, user_id: int, source: Source) -> Json:
        lines = _differences(before, after)
        if not lines:
            return before
        after["update_time"] = self._world.stamp()
        self._world.deals[after["id"]] = after
        moment = after["update_time"].replace("T", " ").removesuffix("Z")
        for key, old, new in lines:
            line = {
                "field_key": key, "old_value": _as_text(old), "new_value": _as_text(new), "actor_user_id": user_id,
                "time": moment, "change_source": source, "change_source_user_agent": None,
                "is_bulk_update_flag": False,
            }  # fmt: skip
            self._world.changelog[after["id"]].insert(0, line)
        gone = after["is_deleted"] and not before["is_deleted"]
        self._world.happened(Happening("deal", before, None if gone else after, user_id, source))
        return after

    def _apply(self, deal: Json, given: Json) -> None:
        self._check_links(given)
        custom = given.pop("custom_fields", {})
        if "stage_id" in given:
            given["pipeline_id"] = self._world.stages[given["stage_id"]]["pipeline_id"]
            if deal["stage_id"] != given["stage_id"]:
                deal["stage_change_time"] = self._world.stamp()
        if given.get("status", deal["status"]) != deal["status"]:
            deal |= _times_of(given["status"], self._world.stamp())
        deal |= given
        if deal["lost_reason"] is not None and deal["status"] != "lost":
            raise invalid(["lost_reason: can only be set if deal status is lost"])
        if "is_archived" in given:
            deal["archive_time"] = self._world.stamp() if given["is_archived"] else None
        deal["custom_fields"] |= custom

    def _check_links(self, given: Json) -> None:
        books: Mapping[str, Mapping[int, Json]] = {
            "owner_id": self._world.users,
            "person_id": self._world.persons,
            "org_id": self._world.organizations,
            "pipeline_id": self._world.pipelines,
            "stage_id": self._world.stages,
        }
        for name, book in books.items():
            number = given.get(name)
            if number is not None and (number not in book or book[number]["is_deleted"]):
                raise Refused(400, f"{name}: {number} does not exist")

    def _first_stage(self, given: Json) -> int:
        pipeline = given.get("pipeline_id", next(iter(self._world.pipelines)))
        stages = [stage for stage in self._world.stages.values() if stage["pipeline_id"] == pipeline]
        if not stages:
            raise Refused(400, f"pipeline_id: {pipeline} does not exist")
        return int(min(stages, key=lambda stage: int(stage["order_nr"]))["id"])

    def _custom(self) -> dict[str, checks.Check]:
        return {"custom_fields": checks.custom_fields(self._world.fields)}


def _empty(world: World, user_id: int) -> Json:
    stamp = world.stamp()
    return {
        "id": world.next_id("deal"), "title": "", "creator_user_id": user_id, "owner_id": user_id, "value": 0,
        "person_id": None, "org_id": None, "stage_id": None, "pipeline_id": None,
        "currency": "EUR", "archive_time": None, "add_time": stamp, "update_time": stamp, "stage_change_time": None,
        "status": None, "is_archived": False, "is_deleted": False, "probability": None, "lost_reason": None,
        "visible_to": 3, "close_time": None, "won_time": None, "lost_time": None, "expected_close_date": None,
        "label_ids": [], "origin": "API", "origin_id": None, "channel": None, "channel_id": None,
        "source_lead_id": None, "arr": None, "mrr": None, "acv": None, "custom_fields": {},
    }  # fmt: skip


def _times_of(status: str, stamp: str) -> Json:
    times: Json = {"won_time": None, "lost_time": None, "close_time": None if status == "open" else stamp}
    if status == "lost":
        return times | {"lost_time": stamp}
    return times | {"lost_reason": None} | ({"won_time": stamp} if status == "won" else {})


def _differences(before: Json, after: Json) -> list[tuple[str, Any, Any]]:
    plain = [
        (key, before.get(key), value)
        for key, value in after.items()
        if key not in _NOT_IN_HISTORY and value != before.get(key)
    ]
    custom = [
        (code, before["custom_fields"].get(code), value)
        for code, value in after["custom_fields"].items()
        if value != before["custom_fields"].get(code)
    ]
    return plain + custom


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
