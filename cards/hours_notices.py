"""What is said about missing hours: the reminder that settles it in place, and who is missing, for the leads."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import action_set, press
from cards.envelope import Card, Part, finish
from cards.escape import escape
from cards.formats import day, hours, local, say, span, when
from cards.pieces import band, bullets, columns, group, headline, kicker, label, small, text
from cards.texts import texts
from cards.verbs import Verb
from cards.words import Tone

if TYPE_CHECKING:
    from cards.views.hours_notices import AbsenteeLine, HoursDigestView, HoursReminderView, MissingWeek
    from cards.views.reader import Reader

NAME_LIMIT: Final = 80
OFFER_LIMIT: Final = 60
LAST_DAY: Final = timedelta(days=6)


def reminder_card(view: HoursReminderView, reader: Reader) -> Card:
    """What somebody misses, with the answers that take one press; once nothing is missing, that."""
    t = texts(reader.language)
    if not view.missing:
        return _settled(view, reader)
    newest = view.missing[0]
    count = len(view.missing) + view.hidden
    title = t.n("hours_reminders.title", count, week=_number(newest.week_on))
    body: list[Part] = [
        kicker(_kind(view, reader), "", t("hours_reminders.state_missing"), Tone.WARNING),
        headline(title),
        *_ask(view, reader),
    ]
    for week in view.missing:
        body += _week(view, week, reader)
    if view.hidden:
        body.append(small(t.n("hours_reminders.older", view.hidden)))
    if view.same:
        said = ", ".join(f"{escape(one.offer, 30)} {hours(one.hours, reader.language)}" for one in view.same)
        body.append(small(t("hours_reminders.last_week", offers=said)))
    return finish(body, _answers(view, newest, reader), summary=title)


def _kind(view: HoursReminderView, reader: Reader) -> str:
    t = texts(reader.language)
    if view.asked_by or view.step > view.steps:
        return t("hours_reminders.kind")
    return t("hours_reminders.kind_step", step=view.step, steps=view.steps)


def _ask(view: HoursReminderView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    more = [t("hours_reminders.asked_by", name=escape(view.asked_by, NAME_LIMIT)) if view.asked_by else ""]
    if view.until is None:
        return [band(t("hours_reminders.ask"), Tone.WARNING, more)]
    year = view.until.year != local(reader.now, reader).year
    return [band(t("hours_reminders.ask_until", until=day(view.until, reader, year=year)), Tone.WARNING, more)]


def _week(view: HoursReminderView, week: MissingWeek, reader: Reader) -> list[Part]:
    """The offers of one week. Touching an older one opens it; the newest has its buttons."""
    t = texts(reader.language)
    offers = [escape(offer, OFFER_LIMIT) for offer in week.offers]
    if week.hidden:
        offers.append(t.n("hours_reminders.more_offers", week.hidden))
    newest = week is view.missing[0]
    lines: list[Part] = [label(_named(week.week_on, reader)), text(bullets(offers), spacing=Spacing.NONE)]
    if newest and view.entered:
        lines.append(small(t("hours_reminders.entered", hours=hours(view.entered, reader.language))))
    tap = press(t("hours_reminders.button_week"), Verb.HOURS_SHOW, view.person_id, q=week.week_on.isoformat())
    return [group(lines, tap=None if newest else tap)]


def _answers(view: HoursReminderView, week: MissingWeek, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    monday, main = week.week_on.isoformat(), ActionStyle.POSITIVE
    same, none = bool(view.same), view.none
    actions: list[Part] = []
    if same:
        actions.append(press(t("hours.button_same"), Verb.HOURS_SAME, view.person_id, style=main, q=monday))
    if none:
        actions.append(press(t("hours.button_none"), Verb.HOURS_NONE, view.person_id, q=monday))
    style = None if same else main
    opener = press(t("hours_reminders.button_week"), Verb.HOURS_SHOW, view.person_id, style=style, q=monday)
    return [*actions, opener] if same else [opener, *actions]


def _settled(view: HoursReminderView, reader: Reader) -> Card:
    """Nothing is missing any more, or it is too late to say it here."""
    t = texts(reader.language)
    state, tone = ("state_locked", Tone.DEFAULT) if view.locked else ("state_done", Tone.GOOD)
    title = t("hours_reminders.title_locked" if view.locked else "hours_reminders.title_done")
    said = t("hours_reminders.locked")
    if not view.locked:
        total = hours(view.total, reader.language)
        said = t("hours_reminders.done", hours=total) if view.total else t("hours_reminders.done_none")
    body = [
        kicker(_kind(view, reader), "", t(f"hours_reminders.{state}"), tone),
        headline(title),
        small(_named(view.week_on, reader), spacing=Spacing.NONE),
        band(said, tone),
    ]
    opener = press(t("hours_reminders.button_week"), Verb.HOURS_SHOW, view.person_id, q=view.week_on.isoformat())
    return finish(body, [opener], summary=f"{title} · {_named(view.week_on, reader)}")


def _named(week_on: date, reader: Reader) -> str:
    first, last = span(week_on, week_on + LAST_DAY, reader)
    return texts(reader.language)("hours_reminders.week", week=_number(week_on), first=first, last=last)


def _number(week_on: date) -> int:
    return week_on.isocalendar().week


def digest_card(view: HoursDigestView, reader: Reader) -> Card:
    """Who still misses a week after every reminder; edited until nobody does."""
    t = texts(reader.language)
    count = len(view.lines) + view.hidden
    if not count:
        return _nobody(view, reader)
    title = t.n("hours_reminders.digest_title", count)
    state = t.n("hours_reminders.digest_state", count)
    body: list[Part] = [
        kicker(t("hours_reminders.digest_kind"), "", state, Tone.WARNING),
        headline(title),
        small(_named(view.week_on, reader), spacing=Spacing.NONE),
        band(say(view.said, reader) if view.said else t("hours_reminders.digest_ask"), Tone.ACCENT),
    ]
    body += [_absentee(view, line, reader) for line in view.lines]
    if view.hidden:
        body.append(small(t.n("hours_reminders.digest_hidden", view.hidden), spacing=Spacing.MEDIUM))
    again = press(t("hours_reminders.button_again"), Verb.HOURS_REMIND, view.digest_id, style=ActionStyle.POSITIVE)
    return finish(body, [again], summary=f"{title} · {_named(view.week_on, reader)}")


def _absentee(view: HoursDigestView, line: AbsenteeLine, reader: Reader) -> Part:
    t = texts(reader.language)
    offers = ", ".join(escape(offer, OFFER_LIMIT) for offer in line.offers)
    if line.hidden:
        offers = f"{offers} {t.n('hours_reminders.and_more', line.hidden)}"
    said = [t("hours_reminders.away")] if line.away else []
    if line.last_at is not None:
        said.append(t("hours_reminders.last_at", when=when(line.last_at, reader, year=False)))
    items: list[Part] = [
        text(escape(line.name, NAME_LIMIT), bold=True),
        text(offers, spacing=Spacing.NONE),
        *([small(" · ".join(said), spacing=Spacing.NONE)] if said else []),
    ]
    if not view.may_enter:
        return group(items)
    button = press(t("hours_reminders.button_enter"), Verb.HOURS_SHOW, line.person_id, q=view.week_on.isoformat())
    return group([columns((("stretch", items), ("auto", [action_set([button])])))])


def _nobody(view: HoursDigestView, reader: Reader) -> Card:
    t = texts(reader.language)
    done, tone = ("digest_locked", Tone.DEFAULT) if view.locked else ("digest_done", Tone.GOOD)
    state = t("hours_reminders.state_locked" if view.locked else "hours_reminders.state_done")
    body = [
        kicker(t("hours_reminders.digest_kind"), "", state, tone),
        headline(t("hours_reminders.digest_nobody_title")),
        small(_named(view.week_on, reader), spacing=Spacing.NONE),
        band(t(f"hours_reminders.{done}"), tone),
    ]
    return finish(body, summary=f"{t(f'hours_reminders.{done}')} {_named(view.week_on, reader)}")
