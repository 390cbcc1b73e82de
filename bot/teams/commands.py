"""Understanding what somebody typed: French or English, whatever the case, the accents and small typing errors."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz, process

from bot.hours.spoken import LOGGING, SHOWING

MOST_WORDS = 40
SURE = 88
"""Similarity (0 to 100) from which a misspelt command is run; below it is offered as "did you mean"."""
PLAUSIBLE = 62
MOST_SUGGESTIONS = 3


class Command(StrEnum):
    """What can be asked in chat."""

    HELP = "help"
    RFPS = "rfps"
    OFFER = "offer"
    OFFERS = "offers"
    MY_OFFERS = "offers mine"
    DEADLINES = "deadlines"
    MY_DEADLINES = "deadlines mine"
    PENDING = "pending"
    FIND = "find"
    NEW_RFP = "new rfp"
    NEW_LEAD = "new lead"
    LEADS = "leads"
    MY_LEADS = "leads mine"
    WHO = "who"
    POST_HERE = "post here"
    ROLES = "roles"
    DEPUTY = "deputy"
    PROFILE = "profile"
    HOURS = "hours"
    LOG = "log"
    ABSENCE = "absence"
    REPORT = "report"
    DIGEST = "digest"
    EXPORT = "export"
    RATES = "rates"
    SYNC = "sync"
    AUDIT = "audit"


ALIASES: dict[Command, tuple[str, ...]] = {
    Command.HELP: ("help", "aide", "?", "bonjour", "salut", "hello", "hi", "commandes", "commands"),
    Command.RFPS: ("rfps", "tenders", "appels d'offres", "appels", "rfp", "ao"),
    Command.OFFER: ("offer", "offre", "affaire"),
    Command.OFFERS: ("offers", "offres", "affaires"),
    Command.MY_OFFERS: ("offers mine", "mes offres", "my offers", "mes affaires"),
    Command.DEADLINES: ("deadlines", "echeances", "echeance", "delais"),
    Command.MY_DEADLINES: ("deadlines mine", "mes echeances", "my deadlines"),
    Command.PENDING: ("pending", "en attente", "attente", "a faire", "todo", "mes votes"),
    Command.FIND: ("find", "search", "chercher", "cherche", "trouver", "trouve", "recherche"),
    Command.NEW_RFP: ("new rfp", "nouvelle demande", "nouvel appel d'offres", "nouvelle rfp", "nouveau rfp"),
    Command.NEW_LEAD: ("new lead", "nouvelle piste", "add lead", "ajouter piste"),
    Command.LEADS: ("leads", "pistes", "lead", "piste"),
    Command.MY_LEADS: ("leads mine", "mes pistes", "my leads"),
    Command.WHO: ("who", "qui"),
    Command.POST_HERE: ("post here", "publier ici", "publie ici", "poste ici"),
    Command.ROLES: ("roles", "role"),
    Command.DEPUTY: ("deputy", "suppleant", "suppleance", "remplacant"),
    Command.ABSENCE: ("absence", "absences", "absent", "absente", "conges", "conge", "vacances", "holidays", "holiday"),
    Command.REPORT: ("report", "rapport", "reports", "rapports"),
    Command.DIGEST: ("digest", "bilan", "bilan mensuel", "monthly digest"),
    Command.EXPORT: ("export", "exports", "exporter", "exportation", "download", "telecharger"),
    Command.RATES: ("rates", "taux", "hourly rates", "taux horaires", "taux horaire"),
    Command.SYNC: ("sync", "synchro", "synchronisation", "synchronization", "systems", "systemes"),
    Command.AUDIT: ("audit", "audit trail", "journal d'audit", "tracabilite"),
    Command.PROFILE: ("profile", "profil", "langue", "language", "fuseau"),
    Command.HOURS: SHOWING,
    Command.LOG: LOGGING,
}
"""Folded spellings; the first English and the first French one are what help shows."""

SHOWN = {
    "en": {command: command.value for command in Command},
    "fr": {
        Command.HELP: "aide",
        Command.RFPS: "appels d'offres",
        Command.OFFER: "offre",
        Command.OFFERS: "offres",
        Command.MY_OFFERS: "mes offres",
        Command.DEADLINES: "échéances",
        Command.MY_DEADLINES: "mes échéances",
        Command.PENDING: "en attente",
        Command.FIND: "chercher",
        Command.NEW_RFP: "nouvelle demande",
        Command.NEW_LEAD: "nouvelle piste",
        Command.LEADS: "pistes",
        Command.MY_LEADS: "mes pistes",
        Command.WHO: "qui",
        Command.POST_HERE: "publier ici",
        Command.ROLES: "rôles",
        Command.DEPUTY: "suppléant",
        Command.PROFILE: "profil",
        Command.HOURS: "heures",
        Command.LOG: "log",
        Command.ABSENCE: "absence",
        Command.REPORT: "rapport",
        Command.DIGEST: "bilan",
        Command.EXPORT: "export",
        Command.RATES: "taux",
        Command.SYNC: "synchro",
        Command.AUDIT: "audit",
    },
}
"""How a command is written in each language when it is suggested."""

CAREFUL = frozenset({Command.POST_HERE})
"""Never run from a misspelling, only suggested."""

_OFFER_NUMBER = re.compile(r"[A-Za-z]{1,4}\d{2,6}[A-Za-z]?")
_TENDER_NUMBER = re.compile(r"(?:AO/?\s?)?\d-\d{4,6}(?:/\S*)?|AO\d{4,5}", re.IGNORECASE)
_SPELLINGS = {spelling: command for command, spellings in ALIASES.items() for spelling in spellings}
_LONGEST_FIRST = sorted(_SPELLINGS, key=len, reverse=True)


@dataclass(frozen=True, slots=True)
class Understood:
    """A command and the words after it."""

    command: Command
    words: str = ""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing fits; ``guesses`` are the nearest commands, best first."""

    text: str
    guesses: tuple[Command, ...] = ()


def fold(text: str) -> str:
    """Lower case, no accents, typographic apostrophes made plain, single spaces."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return " ".join(
        "".join(character for character in plain if not unicodedata.combining(character)).split()[:MOST_WORDS]
    )


def understand(text: str) -> Understood | NotUnderstood:
    """Read one message (mention already removed). An empty one is a call for help; a bare number is looked up."""
    words = " ".join(text.replace("’", "'").split()[:MOST_WORDS]).strip(" !.,;:/")
    folded = fold(words)
    if not folded:
        return Understood(Command.HELP)
    for spelling in _LONGEST_FIRST:
        if folded == spelling or folded.startswith(spelling + " "):
            return Understood(_SPELLINGS[spelling], " ".join(words.split()[len(spelling.split()) :]))
    if _OFFER_NUMBER.fullmatch(words):
        return Understood(Command.OFFER, words.upper())
    if _TENDER_NUMBER.fullmatch(words):
        return Understood(Command.FIND, words)
    return _guess(words, folded)


def _guess(words: str, folded: str) -> Understood | NotUnderstood:
    """The nearest spelling of the first one to three words."""
    best: dict[Command, float] = {}
    lengths: dict[Command, int] = {}
    tokens = folded.split()
    for length in (1, 2, 3):
        if length > len(tokens):
            break
        start = " ".join(tokens[:length])
        for spelling, score, _ in process.extract(
            start, _LONGEST_FIRST, scorer=fuzz.ratio, limit=MOST_SUGGESTIONS, score_cutoff=PLAUSIBLE
        ):
            command = _SPELLINGS[spelling]
            if score > best.get(command, 0):
                best[command], lengths[command] = score, length
    ranked = sorted(best, key=lambda command: -best[command])
    if ranked and best[ranked[0]] >= SURE and ranked[0] not in CAREFUL:
        return Understood(ranked[0], " ".join(words.split()[lengths[ranked[0]] :]))
    return NotUnderstood(words, tuple(ranked[:MOST_SUGGESTIONS]))
