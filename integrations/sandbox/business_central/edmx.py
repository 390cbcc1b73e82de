"""`$metadata` of the pages the stand-in serves."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.sandbox.business_central.properties import ENUMS, Property, spelled
from integrations.sandbox.business_central.schema import STANDARD_NAMESPACE, Page

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
    f'<Schema Namespace="{STANDARD_NAMESPACE}" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
)
_TAIL = "</Schema></edmx:DataServices></edmx:Edmx>"
_RESTRICTION = (
    '<Annotation Term="Org.OData.Capabilities.V1.{term}Restrictions"><Record>'
    '<PropertyValue Property="{name}" Bool="{value}"/></Record></Annotation>'
)


def document(pages: Mapping[str, Page]) -> str:
    """Give the EDMX document."""
    used = {known.kind for page in pages.values() for known in page.properties.values()}
    enums = "".join(_enum(name) for name in ENUMS if name in used)
    types = "".join(_entity_type(page) for page in pages.values())
    sets = "".join(_entity_set(page) for page in pages.values())
    return f'{_HEAD}{enums}{types}<EntityContainer Name="NAV">{sets}</EntityContainer>{_TAIL}'


def _enum(name: str) -> str:
    members = "".join(f'<Member Name="{spelled(member)}"/>' for member in ENUMS[name])
    return f'<EnumType Name="{name}">{members}</EnumType>'


def _entity_type(page: Page) -> str:
    properties = "".join(_property(known) for known in page.properties.values())
    key = f'<Key><PropertyRef Name="{page.key}"/></Key>'
    return f'<EntityType Name="{page.entity}">{key}{properties}</EntityType>'


def _property(known: Property) -> str:
    length = "" if known.length is None else f' MaxLength="{known.length}"'
    nullable = ' Nullable="false"' if known.required else ""
    return f'<Property Name="{known.name}" Type="{known.edm_type}"{nullable}{length}/>'


def _entity_set(page: Page) -> str:
    verbs = (
        ("Delete", "Deletable", page.deletable),
        ("Insert", "Insertable", page.insertable),
        ("Update", "Updatable", page.updatable),
    )
    restrictions = "".join(
        _RESTRICTION.format(term=term, name=name, value=str(allowed).lower()) for term, name, allowed in verbs
    )
    type_name = f"{STANDARD_NAMESPACE}.{page.entity}"
    return f'<EntitySet Name="{page.entity_set}" EntityType="{type_name}">{restrictions}</EntitySet>'
