"""The leads' own rules (API v1): custom fields at the root, visibility as a text, and how a lead becomes a deal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from integrations.sandbox.pipedrive import checks
from integrations.sandbox.pipedrive.answers import Json, Refused, invalid, not_found
from integrations.sandbox.pipedrive.world import Happening, Source, World

if TYPE_CHECKING:
    from integrations.sandbox.pipedrive.deals import Deals

_VALUE = checks.object_of({"amount": checks.number, "currency": checks.currency}, "amount", "currency")
_KEYS: Mapping[str, checks.Check] = {
    "title": checks.text(least=1),
    "owner_id": checks.integer,
    "label_ids": checks.list_of(checks.identifier),
    "person_id": checks.nullable(checks.integer),
    "organization_id": checks.nullable(checks.integer),
    "value": checks.nullable(_VALUE),
    "expected_close_date": checks.nullable(checks.day),
    "visible_to": checks.one_of("1", "3", "5", "7"),
    "was_seen": checks.boolean,
    "channel": checks.nullable(checks.integer),
    "channel_id": checks.nullable(checks.text()),
}
_MOVES_TO_DEAL = ("title", "person_id", "owner_id", "channel_id", "expected_close_date")


class Leads:
    """Creates and changes leads, and makes deals of them."""

    def __init__(self, world: World, deals: Deals) -> None:
        """The leads of ``world``."""
        self._world = world
        self._deals = deals
        self.conversions: dict[str, Json] = {}

    def get(self, lead_id: str) -> Json:
        """A lead, or a refusal."""
        if lead_id not in self._world.leads:
            raise not_found("Lead")
        return self._world.leads[lead_id]

    def listed(self) -> list[Json]:
        """The leads that are not archived."""
        return [lead for lead in self._world.leads.values() if not lead["is_archived"]]

    def create(self, body: Json, user_id: int, source: Source = "api") -> Json:
        """Make a lead of a body."""
        checks.check_body(body, {**_KEYS, "origin_id": checks.nullable(checks.text()), **self._custom()}, "title")
        stamp = _milliseconds(self._world.now())
        lead: Json = {
            "id": self._world.next_uuid("lead"), "owner_id": user_id, "creator_id": user_id, "label_ids": [],
            "person_id": None, "organization_id": None, "source_name": "API", "origin": "API", "origin_id": None,
            "channel": None, "channel_id": None, "source_deal_id": None, "is_archived": False, "was_seen": False,
            "value": None, "expected_close_date": None, "next_activity_id": None, "add_time": stamp,
            "update_time": stamp, "visible_to": "3", "cc_email": "inbox@offerdesk.example", **body,
        }  # fmt: skip
        self._check_links(lead)
        self._world.leads[lead["id"]] = lead
        self._world.happened(Happening("lead", None, lead, user_id, source))
        return lead

    def change(self, lead_id: str, body: Json, user_id: int, source: Source = "api") -> Json:
        """Change a lead."""
        before = self.get(lead_id)
        checks.check_body(body, {**_KEYS, "is_archived": checks.boolean, **self._custom()})
        if before["is_archived"] and body.get("is_archived") is not False:
            raise Refused(400, "Archived leads cannot be changed")
        after = before | body | {"update_time": _milliseconds(self._world.now())}
        self._check_links(after)
        self._world.leads[lead_id] = after
        self._world.happened(Happening("lead", before, after, user_id, source))
        return after

    def delete(self, lead_id: str, user_id: int) -> Json:
        """Delete a lead, as people do; gives what it was."""
        lead = self.get(lead_id)
        del self._world.leads[lead_id]
        self._world.happened(Happening("lead", lead, None, user_id, "app"))
        return lead

    def convert(self, lead_id: str, body: Json, user_id: int, source: Source = "api") -> str:
        """Make a deal of a lead and give the id of the conversion."""
        lead = self.get(lead_id)
        checks.check_body(body, {"stage_id": checks.integer, "pipeline_id": checks.integer})
        deal = self._deals.create(self._as_deal(lead) | body, user_id, source_lead_id=lead_id)
        del self._world.leads[lead_id]
        for rows in (self._world.notes, self._world.activities):
            for row in rows.values():
                if row.get("lead_id") == lead_id:
                    row |= {"lead_id": None, "deal_id": deal["id"]}
        self._world.happened(Happening("lead", lead, None, user_id, source))
        conversion = self._world.next_uuid("conversion")
        self.conversions[conversion] = {"lead_id": lead_id, "deal_id": deal["id"], "asked": 0}
        return conversion

    def conversion(self, lead_id: str, conversion_id: str) -> Json:
        """How far a conversion is: the first who asks hears that it runs."""
        conversion = self.conversions.get(conversion_id)
        if conversion is None or conversion["lead_id"] != lead_id:
            raise not_found("Conversion")
        conversion["asked"] += 1
        if conversion["asked"] == 1:
            return {"conversion_id": conversion_id, "status": "running"}
        return {"conversion_id": conversion_id, "status": "completed", "deal_id": conversion["deal_id"]}

    def _as_deal(self, lead: Json) -> Json:
        body = {name: lead[name] for name in _MOVES_TO_DEAL if lead[name] is not None}
        if lead["organization_id"] is not None:
            body["org_id"] = lead["organization_id"]
        if lead["value"] is not None:
            body |= {"value": lead["value"]["amount"], "currency": lead["value"]["currency"]}
        return body | {"custom_fields": self._custom_of(lead)}

    def _custom_of(self, lead: Json) -> Json:
        custom = {}
        for code, field in self._world.fields.items():
            value = lead.get(code)
            if value is not None and field["field_type"] == "monetary":
                value = {"value": value, "currency": lead.get(f"{code}_currency") or "EUR"}
            if value is not None and field["is_custom_field"]:
                custom[code] = value
        return custom

    def _check_links(self, lead: Json) -> None:
        if lead["person_id"] is None and lead["organization_id"] is None:
            raise invalid(["A lead must be linked to a person or an organization"])
        books = {
            "owner_id": self._world.users,
            "person_id": self._world.persons,
            "organization_id": self._world.organizations,
        }
        for name, book in books.items():
            if lead[name] is not None and lead[name] not in book:
                raise Refused(404, f"{name}: {lead[name]} does not exist")

    def _custom(self) -> dict[str, checks.Check]:
        return checks.lead_custom_fields(self._world.fields)


def _milliseconds(moment: datetime) -> str:
    return f"{moment.strftime('%Y-%m-%dT%H:%M:%S')}.{moment.microsecond // 1000:03d}Z"
