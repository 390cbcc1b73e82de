"""What a tenant offers, read from its `$metadata` instead of assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from xml.parsers import expat

from integrations.errors import Drift, DriftReason

PRESALES_OPPORTUNITIES = "presalesOpportunities"
PRESALES_PROJECTS = "presalesProjects"

NEEDED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "companies": frozenset({"id", "name", "displayName"}),
        "opportunities": frozenset({"id", "number", "contactNumber", "salespersonCode", "description", "status"}),
        "projects": frozenset({"id", "number", "displayName"}),
        "contacts": frozenset({"id", "number", "displayName", "companyNumber", "lastModifiedDateTime"}),
        "customers": frozenset({"id", "number", "displayName", "lastModifiedDateTime"}),
        "salespeoplePurchasers": frozenset({"id", "code", "displayName"}),
        "documentAttachments": frozenset({"id", "fileName", "parentType", "parentId", "attachmentContent"}),
    }
)
"""The entity sets and properties this client relies on."""


@dataclass(frozen=True, slots=True)
class EntitySet:
    """One entity set: its property types by name (``Edm.String``, …), the lengths given, which writes it allows."""

    name: str
    types: Mapping[str, str]
    lengths: Mapping[str, int]
    insertable: bool = True
    updatable: bool = True
    deletable: bool = True


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The entity sets of the standard API and those of the custom presales pages (none, when not installed)."""

    standard: Mapping[str, EntitySet]
    presales: Mapping[str, EntitySet]

    def missing(self) -> tuple[str, ...]:
        """What this client relies on and the tenant lacks: ``set`` or ``set.property``; empty when all is well."""
        gaps: list[str] = []
        for name, properties in NEEDED.items():
            known = self.standard.get(name)
            gaps += [name] if known is None else [f"{name}.{gone}" for gone in sorted(properties - known.types.keys())]
        return tuple(gaps)

    def offers(self, entity_set: str, *properties: str) -> bool:
        """Whether a custom page exists, may be changed, and has all these properties."""
        page = self.presales.get(entity_set)
        return page is not None and page.updatable and page.types.keys() >= set(properties)

    @property
    def opportunity_value(self) -> bool:
        """Value and closing date of an opportunity can be written."""
        return self.offers(PRESALES_OPPORTUNITIES, "estimatedValue", "estimatedClosingDate")

    @property
    def opportunity_close(self) -> bool:
        """An opportunity can be won and lost."""
        return self.offers(PRESALES_OPPORTUNITIES, "outcome", "dateClosed", "closeOpportunityCode")

    @property
    def project_customer(self) -> bool:
        """A project can be given its customer."""
        return self.offers(PRESALES_PROJECTS, "customerNumber")

    @property
    def project_dimensions(self) -> bool:
        """A project can be given its two global dimensions."""
        return self.offers(PRESALES_PROJECTS, "globalDimension1Code", "globalDimension2Code")


class _ForbiddenError(Exception):
    """The document declares a type: entities could make it explode."""


@dataclass(slots=True)
class _Type:
    types: dict[str, str] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Set:
    type_name: str
    flags: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """Listens to the parser; annotations count only inside an entity set."""

    entity_types: dict[str, _Type] = field(default_factory=dict)
    sets: dict[str, _Set] = field(default_factory=dict)
    current_type: _Type | None = None
    current_set: _Set | None = None

    def start(self, tag: str, values: dict[str, str]) -> None:
        name = values.get("Name", "")
        match tag.rpartition(":")[2]:
            case "EntityType":
                self.current_type = self.entity_types.setdefault(name, _Type())
            case "Property" if self.current_type is not None:
                self.current_type.types[name] = values.get("Type", "")
                if values.get("MaxLength", "").isdecimal():
                    self.current_type.lengths[name] = int(values["MaxLength"])
            case "EntitySet":
                self.current_set = self.sets.setdefault(name, _Set(values.get("EntityType", "").rpartition(".")[2]))
            case "PropertyValue" if self.current_set is not None:
                self.current_set.flags[values.get("Property", "")] = values.get("Bool") != "false"

    def end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "EntityType":
                self.current_type = None
            case "EntitySet":
                self.current_set = None

    def result(self) -> dict[str, EntitySet]:
        known = {name: (kept, self.entity_types.get(kept.type_name)) for name, kept in self.sets.items()}
        return {
            name: EntitySet(
                name,
                MappingProxyType(kind.types),
                MappingProxyType(kind.lengths),
                insertable=kept.flags.get("Insertable", True),
                updatable=kept.flags.get("Updatable", True),
                deletable=kept.flags.get("Deletable", True),
            )
            for name, (kept, kind) in known.items()
            if kind is not None
        }


def read_metadata(service: str, document: bytes) -> dict[str, EntitySet]:
    """Read an EDMX document.

    Raises:
        Drift: it is no XML, declares a document type, or holds no entity set.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, _ForbiddenError):
        raise Drift(service, "$metadata is not plain XML", reason=DriftReason.ENCODING) from None
    found = reader.result()
    if not found:
        raise Drift(service, "$metadata names no entity sets", reason=DriftReason.EMPTY)
    return found


def _refuse_doctype(*_: object) -> None:
    raise _ForbiddenError
