"""What the views of the star schema need to know beyond the tables: configured labels, and the company's time zone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base, closed_enum


class LabelKind(StrEnum):
    """The list that a label belongs to."""

    STAGE = "stage"
    """``parent`` is ``presales`` or ``post_award``, ``detail`` the type of the stage."""
    AXIS = "axis"
    CATEGORY = "category"
    """``parent`` is the axis."""
    OUTCOME = "outcome"
    ORIGIN = "origin"
    CURRENCY_OF_RATES = "currency_of_rates"
    """One row: the currency of the hourly rates."""


class Label(Base):
    """A word of the configuration or of a closed list, as the program that started last knows it.

    ``position`` sorts; a row that is not ``active`` is configured no more and stays, because history names it.
    """

    __tablename__ = "bi_label"

    kind: Mapped[LabelKind] = mapped_column(closed_enum(LabelKind), primary_key=True)
    parent: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    label_fr: Mapped[str] = mapped_column(sa.String(80))
    label_en: Mapped[str] = mapped_column(sa.String(80))
    detail: Mapped[str] = mapped_column(sa.String(40))
    position: Mapped[int]
    active: Mapped[bool]


class ZoneShift(Base):
    """From ``starts_at`` on the company's clocks are ``seconds`` ahead of UTC, until the next row begins.

    SQLite knows no time zones; with this table the views tell the company's days alike on both databases.
    """

    __tablename__ = "bi_zone_shift"

    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    seconds: Mapped[int]
    zone: Mapped[str] = mapped_column(sa.String(64))
    """IANA name, the same in every row."""
