"""Which contacts and salespeople of Business Central are ours. Pure: a doubt is no match, and a person is asked.

- somebody at a client: the contact with the same e-mail address
- a client: its code is a customer's number or a contact's number; else the one company with the same name
- somebody of ours: the salesperson with the same e-mail address, else the one with the same name

Names, addresses and codes are compared whatever the case, accents and spaces. What two records share decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from bot.offers.rules import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SHORT_WORD = 3
"""Shorter words, such as legal forms, say nothing about who is meant."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """A contact, customer or salesperson over there; ``code`` is its number or code. ``is_company``: a contact that is
    a company, ``company`` the name of the one it belongs to.
    """

    code: str
    name: str
    email: str = ""
    company: str = ""
    is_company: bool = False
    tax_number: str = ""


@dataclass(frozen=True, slots=True)
class Ours:
    """A client, a contact or a person of ours. ``key`` is what its mapping is called: ``client:7``; ``name`` is empty
    where a name alone identifies nobody.
    """

    key: str
    name: str = ""
    email: str = ""
    code: str = ""


class Rule(StrEnum):
    """Why two records are taken for the same one."""

    EMAIL = "email"
    CUSTOMER = "customer"
    """Its code is the number of a customer, whose company is this contact."""
    NUMBER = "number"
    """Its code is the contact's number."""
    NAME = "name"


class Match(NamedTuple):
    """The number or code over there, and the rule that found it."""

    code: str
    rule: Rule


REFUSED = "not:"
"""Before the name of a mapping: the code that it is not, as a person said."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is looked for among theirs: addresses, codes and names, each of them a sign."""

    emails: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def words(self) -> frozenset[str]:
        """The words of the names that can tell companies apart."""
        return frozenset(word for name in self.names for word in fold(name).split() if len(word) >= SHORT_WORD)


def contacts(ours: Iterable[Ours], theirs: Iterable[Theirs]) -> dict[str, Match]:
    """The contact numbers of people at clients, by key."""
    by_email = _once(theirs, lambda one: one.email)
    return _found((one.key, Rule.EMAIL, by_email.get(fold(one.email))) for one in ours)


def clients(ours: Iterable[Ours], theirs: Iterable[Theirs], customers: Iterable[Theirs]) -> dict[str, Match]:
    """The contact numbers of clients, by key. A customer's number stands for the company that is this customer: the one
    with its tax registration number, else with its name.
    """
    ours, theirs = list(ours), list(theirs)
    companies = [one for one in theirs if one.is_company]
    by_name, by_tax = _once(companies, lambda one: one.name), _once(companies, lambda one: one.tax_number)
    by_code = _once(theirs, lambda one: one.code)
    by_customer: dict[str, str] = {}
    for customer in customers:
        contact = by_tax.get(fold(customer.tax_number)) or by_name.get(fold(customer.name))
        if contact is not None:
            by_customer[fold(customer.code)] = contact
    alone = _once([Theirs(one.key, one.name) for one in ours], lambda one: one.name)

    def of(one: Ours) -> tuple[str, Rule, str | None]:
        name, code = fold(one.name), fold(one.code)
        if code in by_customer:
            return one.key, Rule.CUSTOMER, by_customer[code]
        if by_code.get(code):
            return one.key, Rule.NUMBER, by_code[code]
        return one.key, Rule.NAME, by_name.get(name) if alone.get(name) else None

    return _found(of(one) for one in ours)


def people(ours: Iterable[Ours], salespeople: Iterable[Theirs]) -> dict[str, Match]:
    """The salesperson codes of people of ours, by key."""
    ours, salespeople = list(ours), list(salespeople)
    by_email, by_name = _once(salespeople, lambda one: one.email), _once(salespeople, lambda one: one.name)
    alone = _once([Theirs(one.key, one.name) for one in ours], lambda one: one.name)

    def of(one: Ours) -> tuple[str, Rule, str | None]:
        name, email = fold(one.name), by_email.get(fold(one.email))
        if email:
            return one.key, Rule.EMAIL, email
        return one.key, Rule.NAME, by_name.get(name) if alone.get(name) else None

    return _found(of(one) for one in ours)


def likeliest(theirs: Iterable[Theirs], wanted: Wanted) -> list[Theirs]:
    """Theirs, those first that a rule would take, then those whose names share most words with what is wanted."""
    emails, codes, names = ({fold(one) for one in signs} for signs in (wanted.emails, wanted.codes, wanted.names))
    words = wanted.words

    def rank(one: Theirs) -> tuple[int, int, str, str]:
        signs = (
            fold(one.email) in emails,
            fold(one.code) in codes,
            fold(one.name) in names,
            fold(one.company) in names,
        )
        shared = len(words.intersection(fold(f"{one.name} {one.company}").split()))
        return next((at for at, sign in enumerate(signs) if sign), len(signs)), -shared, fold(one.name), one.code

    return sorted(theirs, key=rank)


def _once(theirs: Iterable[Theirs], value: Callable[[Theirs], str]) -> dict[str, str | None]:
    """The code of the one record that has a value, by the folded value; None where several have it."""
    found: dict[str, str | None] = {}
    for one in theirs:
        key = fold(value(one))
        if key:
            found[key] = None if key in found else one.code
    return found


def _found(triples: Iterable[tuple[str, Rule, str | None]]) -> dict[str, Match]:
    return {key: Match(code, rule) for key, rule, code in triples if code is not None}


def unmapped(found: Mapping[str, Match], mapped: Mapping[str, str]) -> dict[str, Match]:
    """What was found for those that have no mapping yet: one that stands there, a person may have chosen. What a person
    undid is not found again.
    """
    return {
        key: match for key, match in found.items() if key not in mapped and mapped.get(f"{REFUSED}{key}") != match.code
    }
