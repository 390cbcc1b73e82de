"""Spelling and reading: enum members, blanks, filters, refusals, $metadata, notifications."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import orjson
import pytest

from integrations.business_central import (
    ChangedMeanwhile,
    ChangeType,
    KeyTaken,
    NotAccepted,
    NotAllowed,
    Opportunity,
    OpportunityStatus,
    RecordMissing,
    Refused,
    RelationMissing,
    parse_notifications,
    read_metadata,
)
from integrations.business_central.capabilities import Capabilities
from integrations.business_central.odata import (
    date_or_none,
    decode_enum,
    encode_enum,
    equals,
    guid_or_none,
    literal,
    modified_after,
    with_query,
)
from integrations.business_central.refusals import explained
from integrations.errors import Authentication, Conflict, Drift, DriftReason, Permanent

COMPANY = "0c0ffee0-0000-4000-8000-00000000c001"
RECORD = "563c6d96-cd04-ec11-9310-000d3abb70f9"


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("Not Started", "Not_x0020_Started"),
        ("", "_x0020_"),
        ("-", "_x002D_"),
        ("+", "_x002B_"),
        ("Won", "Won"),
        ("a_b", "a_b"),
        ("_x0020_", "_x005F_x0020_"),
    ],
)
def test_enum_members_go_there_and_back(name: str, spelled: str) -> None:
    assert encode_enum(name) == spelled
    assert decode_enum(spelled) == name


def test_blanks_are_none() -> None:
    assert [date_or_none(value) for value in ("0001-01-01", "", date.min, "2026-01-02")] == [
        None,
        None,
        None,
        "2026-01-02",
    ]
    assert guid_or_none("00000000-0000-0000-0000-000000000000") is None
    assert guid_or_none(RECORD) == RECORD


def test_literals() -> None:
    paris = timezone(timedelta(hours=2))
    assert literal("O'Neil") == "'O''Neil'"
    assert literal(UUID(RECORD)) == RECORD
    assert literal(datetime(2026, 8, 18, 22, 5, 51, 603999, tzinfo=paris)) == "2026-08-18T20:05:51.603Z"
    assert equals("number", "S580") == "number eq 'S580'"
    assert modified_after(None) is None
    assert with_query("u", {"$filter": "a eq 'b&c'", "$select": None}) == "u?$filter=a%20eq%20%27b%26c%27"


def test_a_status_an_extension_added_is_unknown() -> None:
    row = {"@odata.etag": "e", "id": RECORD, "number": "S1", "status": "On_x0020_Hold"}
    assert Opportunity.model_validate(row).status is OpportunityStatus.UNKNOWN


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (409, "Request_EntityChanged", ChangedMeanwhile),
        (400, "Request_EntityChanged", ChangedMeanwhile),
        (409, "Internal_EntityWithSameKeyExists", KeyTaken),
        (400, "Internal_EntityWithSameKeyExists", KeyTaken),
        (404, "Internal_RecordNotFound", RecordMissing),
        (400, "BadRequest_NotFound", RecordMissing),
        (404, "", RecordMissing),
        (400, "Internal_InvalidTableRelation", RelationMissing),
        (404, "Internal_InvalidTableRelation", RelationMissing),
        (401, "Authentication_InvalidCredentials", NotAccepted),
        (401, "", NotAccepted),
        (403, "Authorization_RequestDenied", NotAllowed),
        (403, "", NotAllowed),
        (412, "", ChangedMeanwhile),
        (409, "Something_New", ChangedMeanwhile),
        (400, "Application_DialogException", Refused),
        (400, "", Refused),
    ],
)
def test_the_code_decides_first_and_the_status_second(status: int, code: str, kind: type[Refused]) -> None:
    body = orjson.dumps({"error": {"code": code, "message": f"Secret.  CorrelationId:  {RECORD}."}})
    read = explained(Permanent("business_central", f"PATCH /x answered {status}", status=status, body=body))
    assert type(read) is kind
    assert (read.code, read.correlation_id, read.detail) == (code, RECORD, "Secret.")
    assert str(read) == f"business_central: PATCH /x answered {status} {code}".rstrip()
    assert isinstance(read, Conflict) == (kind in {KeyTaken, ChangedMeanwhile})
    assert isinstance(read, Authentication) == (kind is NotAccepted)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error":7}', b'{"error":{"code":7,"message":7}}'])
def test_a_refusal_without_a_reason_is_still_one(body: bytes) -> None:
    read = explained(Permanent("business_central", "GET /x answered 400", status=400, body=body))
    assert (type(read), read.code, read.detail, read.correlation_id) == (Refused, "", "", None)


def edmx(inside: str) -> bytes:
    return f'<edmx:Edmx xmlns:edmx="urn:e"><Schema xmlns="urn:s">{inside}</Schema></edmx:Edmx>'.encode()


THING = (
    '<EntityType Name="thing"><Property Name="id" Type="Edm.Guid"/>'
    '<Property Name="n" Type="Edm.String" MaxLength="7"/></EntityType>'
)


def test_metadata_names_sets_properties_and_verbs() -> None:
    sets = read_metadata(
        "bc",
        edmx(
            THING + '<EntityContainer><EntitySet Name="things" EntityType="Microsoft.NAV.thing"><Annotation><Record>'
            '<PropertyValue Property="Insertable" Bool="false"/></Record></Annotation></EntitySet>'
            '<EntitySet Name="strays" EntityType="Microsoft.NAV.gone"/></EntityContainer>'
        ),
    )
    assert list(sets) == ["things"]
    assert dict(sets["things"].types) == {"id": "Edm.Guid", "n": "Edm.String"}
    assert dict(sets["things"].lengths) == {"n": 7}
    assert (sets["things"].insertable, sets["things"].updatable) == (False, True)
    missing = Capabilities(sets, {}).missing()
    assert "opportunities" in missing


def test_a_missing_property_is_named() -> None:
    container = '<EntityContainer><EntitySet Name="projects" EntityType="NAV.thing"/></EntityContainer>'
    missing = Capabilities(read_metadata("bc", edmx(THING + container)), {}).missing()
    assert {"projects.number", "projects.displayName"} <= set(missing)
    assert "projects.id" not in missing


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html>",
        edmx(THING),
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>',
        b"{}",
    ],
)
def test_other_documents_are_drift(document: bytes) -> None:
    with pytest.raises(Drift):
        read_metadata("bc", document)


STATES = dict.fromkeys(("opportunities", "contacts", "presalesProjects"), "state")


def entry(**changes: object) -> dict[str, object]:
    return {
        "subscriptionId": "27",
        "clientState": "state",
        "expirationDateTime": "2026-11-26T08:00:00Z",
        "resource": f"api/v2.0/companies({COMPANY})/opportunities({RECORD})",
        "changeType": "updated",
        "lastModifiedDateTime": "2026-11-23T08:00:00.363Z",
    } | changes


def post(*entries: object) -> bytes:
    return orjson.dumps({"value": entries})


def test_notifications_are_read() -> None:
    collection = f"/api/v2.0/companies({COMPANY})/contacts?$filter=lastModifiedDateTime%20gt%202026-11-23T08:00:00Z"
    custom = f"https://bc.test/v2.0/x/api/offerdesk/presales/v1.0/companies({COMPANY})/presalesProjects({RECORD})"
    read = parse_notifications(
        post(entry(), entry(resource=collection, changeType="collection"), entry(resource=custom)), STATES
    )
    first, second, third = read.accepted
    assert (first.entity_set, first.record_id, first.company_id) == ("opportunities", UUID(RECORD), UUID(COMPANY))
    assert (second.entity_set, second.record_id, second.change) == ("contacts", None, ChangeType.COLLECTION)
    assert third.entity_set == "presalesProjects"
    assert read.refused == 0
    assert first.changed_at == datetime(2026, 11, 23, 8, 0, 0, 363000, tzinfo=UTC)


@pytest.mark.parametrize(
    "bad",
    [
        entry(clientState="other"),
        entry(clientState=""),
        entry(resource="api/v2.0/companies(x)/things"),
        entry(resource=f"api/v2.0/companies({'-' * 36})/things"),
    ],
)
def test_a_strange_entry_is_counted_and_left_out(bad: dict[str, object]) -> None:
    read = parse_notifications(post(entry(), bad), STATES)
    assert (len(read.accepted), read.refused) == (1, 1)


def test_no_state_accepts_nothing() -> None:
    assert parse_notifications(post(entry(clientState="")), {"opportunities": ""}).accepted == ()
    assert parse_notifications(post(entry()), {}).accepted == ()


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", post(7), post(entry(changeType="exploded"))])
def test_another_body_is_drift(body: bytes) -> None:
    with pytest.raises(Drift):
        parse_notifications(body, STATES)


def test_a_huge_body_is_not_read() -> None:
    with pytest.raises(Drift) as caught:
        parse_notifications(b" " * (2 * 1024 * 1024 + 1), STATES)
    assert caught.value.reason is DriftReason.TOO_LARGE


def test_times_are_aware() -> None:
    row = {"@odata.etag": "e", "id": RECORD, "number": "S1", "lastModifiedDateTime": "2026-11-23T08:00:00.363Z"}
    assert Opportunity.model_validate(row).last_modified_date_time == datetime(
        2026, 11, 23, 8, 0, 0, 363000, tzinfo=UTC
    )
