"""The closed lists of words that cards show. Their values are the ones the database stores."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """Languages a person can read."""

    FR = "fr"
    EN = "en"


class Role(StrEnum):
    """What a person may do in the company. ``CTO``, ``CPO`` and ``CEO`` vote."""

    ADMIN = "admin"
    CTO = "cto"
    CPO = "cpo"
    CEO = "ceo"
    SALES_LEAD = "sales_lead"
    PROJECT_MANAGER = "project_manager"
    KEY_USER = "key_user"


class TeamRole(StrEnum):
    """What a person does in one offer's team."""

    SALES_LEAD = "sales_lead"
    PROJECT_MANAGER = "project_manager"
    CONTRIBUTOR = "contributor"


class Source(StrEnum):
    """Where a tender comes from."""

    ESA = "esa"
    ESA_NON_ESA = "esa_non_esa"
    CLIENT = "client"


class TenderType(StrEnum):
    """What kind of answer the buyer asks for. ``UNKNOWN`` keeps a portal code we have not seen yet."""

    OPEN_COMPETITION = "open_competition"
    RESTRICTED = "restricted"
    DIRECT_NEGOTIATION = "direct_negotiation"
    CALL_FOR_PROPOSALS = "call_for_proposals"
    ITT = "itt"
    RFP = "rfp"
    RFQ = "rfq"
    RFI = "rfi"
    UNKNOWN = "unknown"


class TenderStatus(StrEnum):
    """What the portal says about the tender."""

    INTENDED = "intended"
    ISSUED = "issued"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class TenderState(StrEnum):
    """Where the tender stands with us."""

    NEW = "new"
    EVALUATING = "evaluating"
    VOTING = "voting"
    GO = "go"
    NO_GO = "no_go"
    DISMISSED = "dismissed"
    CANCELLED = "cancelled"
    REISSUED = "reissued"
    CLOSED = "closed"


class Choice(StrEnum):
    """What an approver can answer."""

    GO = "go"
    GO_WITH_CONDITIONS = "go_with_conditions"
    NO_GO = "no_go"
    ABSTAIN = "abstain"
    NEED_INFO = "need_info"


class Rule(StrEnum):
    """How ballots become a decision."""

    MAJORITY = "majority"
    UNANIMITY = "unanimity"
    CEO = "ceo"


class DefaultOutcome(StrEnum):
    """What happens at the deadline when nothing is decided. There is no silent Go."""

    ESCALATE = "escalate"
    NO_GO = "no_go"


class RoundState(StrEnum):
    """Where a round stands. ``ESCALATED``: the deadline passed undecided and it waits for the CEO."""

    OPEN = "open"
    ESCALATED = "escalated"
    CLOSED = "closed"


class RoundOutcome(StrEnum):
    """What a round decided."""

    GO = "go"
    NO_GO = "no_go"


class Outcome(StrEnum):
    """How an offer ended, or that it has not."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    ABANDONED = "abandoned"
    NO_GO = "no_go"


class RiskKind(StrEnum):
    """The three kinds of risk an evaluation names."""

    TECHNICAL = "technical"
    COMMERCIAL = "commercial"
    FINANCIAL = "financial"


class RiskLevel(StrEnum):
    """How high a risk is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class LeadOver(StrEnum):
    """How a lead stands in Pipedrive, as far as somebody decided it there."""

    OPEN = "open"
    ARCHIVED = "archived"
    DELETED = "deleted"
    CONVERTED = "converted"


class SyncState(StrEnum):
    """How one outside system stands against what we want it to hold."""

    OK = "ok"
    PENDING = "pending"
    RETRYING = "retrying"
    CONFLICT = "conflict"
    INCOMPLETE = "incomplete"
    MANUAL = "manual"
    OFF = "off"


class Tone(StrEnum):
    """What a coloured word means. Never shown without the word."""

    DEFAULT = "default"
    ACCENT = "accent"
    GOOD = "good"
    WARNING = "warning"
    ATTENTION = "attention"


class Involved(StrEnum):
    """Who else than the holders of a role may do something, as a refusal names them."""

    OWNER = "owner"
    TEAM = "team"
    COLLEAGUE = "colleague"
