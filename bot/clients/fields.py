"""What is typed about clients, contacts and the third party of an offer."""

from __future__ import annotations

from bot.clients.rules import CODE_LIMIT, NAME_LIMIT, PHONE_LIMIT
from bot.records.fields import FieldKind, FieldSpec

CLIENT = (
    FieldSpec(name="name", required=True, limit=NAME_LIMIT),
    FieldSpec(name="parent_id", kind=FieldKind.CLIENT),
    FieldSpec(name="code", limit=CODE_LIMIT),
    FieldSpec(name="country", limit=2),
)
"""A new client; its level follows from what it stands under."""

ACTIVE = FieldSpec(name="active", kind=FieldKind.YES_NO)

CLIENT_EDITED = (*CLIENT, ACTIVE)

CONTACT = (
    FieldSpec(name="name", required=True, limit=NAME_LIMIT),
    FieldSpec(name="client_id", kind=FieldKind.CLIENT),
    FieldSpec(name="position", limit=NAME_LIMIT),
    FieldSpec(name="email", limit=NAME_LIMIT),
    FieldSpec(name="phone", limit=PHONE_LIMIT),
)

CONTACT_EDITED = (*CONTACT, ACTIVE)

THIRD_PARTY = (
    FieldSpec(name="client_id", kind=FieldKind.CLIENT),
    FieldSpec(name="contact_id", kind=FieldKind.CONTACT),
)
