"""Dialogs about people and requests: an offer's team, a client's RFP, roles, deputies, one's own profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive_cards.types import Spacing

from cards.buttons import submit
from cards.envelope import Part
from cards.escape import escape
from cards.fields import TEAM_ROWS, Field, row
from cards.formats import city, country, day, say, word
from cards.forms import dialog
from cards.inputs import Dialog, Form
from cards.pieces import band, columns, headline, label, small
from cards.texts import texts
from cards.verbs import Verb
from cards.words import Language, Role, TeamRole, Tone

if TYPE_CHECKING:
    from cards.views import DeputyFormView, ProfileFormView, Reader, RfpFormView, RolesFormView, TeamFormView

GIVE, TAKE = "give", "take"
"""Values of the toggle in the roles form."""


def team_form(view: TeamFormView, reader: Reader) -> Dialog:
    """Who prepares the offer. The first row is the sales lead, the second the project manager unless changed."""
    t = texts(reader.language)
    form = Form(reader, view.values, view.errors)
    roles = [(role.value, word(role, reader.language)) for role in TeamRole]
    body: list[Part] = [headline(view.title)]
    if view.offer_number:
        body.append(small(escape(view.offer_number, 20), spacing=Spacing.NONE))
    others = [small(t.n("forms.team_others", view.others))] if view.others else []
    body.extend([small(t("forms.team_hint")), *others, *form.problems()])
    defaults = [TeamRole.SALES_LEAD, TeamRole.PROJECT_MANAGER]
    for number in range(1, TEAM_ROWS + 1):
        default = defaults[number - 1] if number <= len(defaults) else TeamRole.CONTRIBUTOR
        member, role = row(Field.MEMBER, number), row(Field.MEMBER_ROLE, number)
        label = t("forms.team_member", n=number)
        who = form.person(member, "forms.person", required=number == 1, shown_label=label)
        role_label = t("forms.team_role", n=number)
        what = form.choice(role, "forms.role", roles, default=default.value, shown_label=role_label)
        body.append(columns((("stretch", who), ("stretch", what)), spacing=Spacing.SMALL, top=True))
    actions: list[Part] = [submit(t("forms.team_button"), Verb.TEAM_SAVE, view.offer_id, q=view.shown)]
    return dialog(t("forms.team_title"), body, actions, height="large")


def rfp_form(view: RfpFormView, reader: Reader) -> Dialog:
    """A client's request, typed in by hand."""
    t = texts(reader.language)
    form = Form(reader, view.values, view.errors)
    types = [(one.value, word(one, reader.language)) for one in view.types]
    clients = [(one.value, one.name) for one in view.clients]
    client = (
        form.choice(Field.CLIENT, "forms.client", clients, required=True, filtered=True)
        if clients
        else form.words(Field.CLIENT, "forms.client", required=True, error="forms.error_client", limit=120)
    )
    body = [
        headline(t("forms.rfp_heading")),
        *form.problems(),
        *form.words(Field.TITLE, "forms.title", required=True, error="forms.error_title", limit=200),
        *client,
        *form.choice(Field.TYPE, "forms.type", types, default=types[0][0]),
        *form.words(Field.REFERENCE, "forms.reference", limit=60),
        *form.date(Field.CLOSES_ON, "forms.closes_on"),
        *form.date(Field.CLARIFICATION_ON, "forms.clarification_on"),
        *form.words(Field.LINK, "forms.link", hint="forms.link_hint", limit=500),
        *form.words(Field.DESCRIPTION, "forms.description", lines=True, limit=4000),
    ]
    actions: list[Part] = [submit(t("forms.rfp_button"), Verb.RFP_SAVE, 0)]
    return dialog(t("forms.rfp_title"), body, actions, height="large")


def roles_form(view: RolesFormView, reader: Reader) -> Dialog:
    """Give somebody a role, or take it back; with dates when it is not for good."""
    t = texts(reader.language)
    form = Form(reader, view.values, view.errors)
    roles = [(role.value, word(role, reader.language)) for role in Role]
    changes = [(GIVE, t("forms.role_give")), (TAKE, t("forms.role_take"))]
    saved: list[Part] = [band(say(view.saved, reader), Tone.GOOD)] if view.saved else []
    body = [
        headline(t("forms.roles_heading")),
        *saved,
        *form.problems(),
        *form.person(Field.PERSON, "forms.person", required=True),
        *form.choice(Field.ROLE, "forms.role", roles, required=True),
        *form.choice(Field.CHANGE, "forms.role_change", changes, required=True, expanded=True, default=GIVE),
        *form.date(Field.FROM, "forms.from"),
        *form.date(Field.UNTIL, "forms.until"),
        small(t("forms.roles_hint")),
    ]
    actions: list[Part] = [submit(t("forms.save"), Verb.ROLES_SAVE, 0)]
    return dialog(t("forms.roles_title"), body, actions, height="large")


def deputy_form(view: DeputyFormView, reader: Reader) -> Dialog:
    """Who stands in, from when until when, both days included."""
    t = texts(reader.language)
    form = Form(reader, view.values, view.errors)
    alone = not view.standing
    heading = t("forms.deputy_of", name=escape(view.for_person, 80)) if view.for_person else t("forms.deputy_heading")
    body = [
        headline(heading),
        *form.problems(),
        *_standing(form, view, reader),
        *form.person(Field.DEPUTY, "forms.deputy", required=alone),
        *form.date(Field.FROM, "forms.from", required=alone),
        *form.date(Field.UNTIL, "forms.until", required=alone),
        small(t("forms.deputy_hint")),
    ]
    actions: list[Part] = [submit(t("forms.save"), Verb.DEPUTY_SAVE, 0)]
    return dialog(t("forms.deputy_title"), body, actions, height="medium" if alone else "large")


def _standing(form: Form, view: DeputyFormView, reader: Reader) -> list[Part]:
    """Who stands in already, each to be withdrawn; overlapping ones stand under each other."""
    if not view.standing:
        return []
    t = texts(reader.language)
    listed = [
        (one.value, f"{one.name} · {day(one.starts_on, reader)} – {day(one.ends_on, reader)}") for one in view.standing
    ]
    return [
        label(t("forms.deputy_standing")),
        *[small(escape(title, 160), spacing=Spacing.NONE) for _value, title in listed],
        *form.choice(Field.WITHDRAW, "forms.deputy_withdraw", listed),
        label(t("forms.deputy_further")),
    ]


def profile_form(view: ProfileFormView, reader: Reader) -> Dialog:
    """The reader's own language, time zone and country."""
    t = texts(reader.language)
    values = (
        (Field.LANGUAGE.value, view.language.value),
        (Field.TIME_ZONE.value, view.time_zone),
        (Field.COUNTRY.value, view.country),
    )
    form = Form(reader, values, view.errors)
    languages = [(language.value, word(language, reader.language)) for language in Language]
    zones = dict.fromkeys((view.time_zone, *view.time_zones))
    choices = [(zone, f"{city(zone, reader.language)} ({zone})") for zone in zones]
    countries = sorted(((code, country(code, reader.language)) for code in view.countries), key=lambda one: one[1])
    body = [
        headline(view.name),
        *form.problems(),
        *form.choice(Field.LANGUAGE, "forms.language", languages, required=True, expanded=True),
        *form.choice(Field.TIME_ZONE, "forms.time_zone", choices, required=True, filtered=True),
        *form.choice(Field.COUNTRY, "forms.country", countries, required=True, filtered=True),
        small(t("forms.profile_hint")),
    ]
    actions: list[Part] = [submit(t("forms.save"), Verb.PROFILE_SAVE, 0)]
    return dialog(t("forms.profile_title"), body, actions)
