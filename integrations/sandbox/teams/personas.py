"""The people of the simulated tenant: roles, not names."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Literal

BOT_NAME = "Offerdesk"
TEAM_NAME = "Offers"
GUEST_TENANT = "00000000-0000-4000-9000-0000000000ff"

Language = Literal["fr", "en"]
Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Persona:
    """One person with an own browser tab.

    `key` names the person in addresses, `title_fr` and `title_en` on the start page; `name` is what Teams sends as the
    display name. `tenant_id` is None for the tenant the simulator was given, else the home tenant of a guest.
    """

    key: str
    name: str
    title_fr: str
    title_en: str
    aad_object_id: str
    language: Language = "fr"
    time_zone: str = "Europe/Paris"
    theme: Theme = "light"
    tenant_id: str | None = None

    @property
    def mri(self) -> str:
        """The id Teams gives a person towards one bot (`29:…`); fixed, so that stories can be replayed."""
        digest = hashlib.sha256(self.aad_object_id.encode()).digest()
        return "29:1" + base64.urlsafe_b64encode(digest).decode().rstrip("=")

    @property
    def locale(self) -> str:
        """What the client says its language is, as in `clientInfo.locale`."""
        return "fr-FR" if self.language == "fr" else "en-GB"

    @property
    def country(self) -> str:
        """What the client says its country is, as in `clientInfo.country`."""
        return "FR" if self.language == "fr" else "GB"

    @property
    def user_principal_name(self) -> str:
        """The sign-in name, in a domain that exists nowhere."""
        return f"{self.key.replace('_', '.')}@offerdesk.example"


def _object_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


DEFAULT_PERSONAS: tuple[Persona, ...] = (
    Persona("cto", "CTO", "Directeur technique", "Chief technical officer", _object_id(1)),
    Persona("cpo", "CPO", "Directeur produit", "Chief product officer", _object_id(2), theme="dark"),
    Persona("ceo", "CEO", "Directeur général", "Chief executive officer", _object_id(3), time_zone="Europe/Brussels"),
    Persona("sales_lead", "Sales lead", "Responsable commercial", "Sales lead", _object_id(4)),
    Persona("project_manager", "Project manager", "Chef de projet", "Project manager", _object_id(5)),
    Persona("engineer", "Engineer", "Ingénieur", "Engineer", _object_id(6), "en", "Europe/London", "dark"),
    Persona("key_user", "Key user", "Utilisateur clé", "Key user", _object_id(7)),
    Persona(
        "guest", "Guest", "Invité d'une autre entreprise", "Guest of another company", _object_id(8), "en",
        "Europe/Berlin", tenant_id=GUEST_TENANT,
    ),
)  # fmt: skip
