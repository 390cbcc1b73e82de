"""Made-up exports, beside the other samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cards import exports
from cards.views.exports import ExportView

if TYPE_CHECKING:
    from collections.abc import Callable

    from cards.envelope import Card
    from cards.views.reader import Reader

_VIEW: Final = ExportView(
    tables=(
        ("hours", "exports.table_hours"),
        ("report_pipeline", "reports.title_pipeline"),
        ("bi_v1_fact_offer_day", "exports.table_fact_offer_day"),
    )
)
EXPORTS: Final[dict[str, Callable[[Reader], Card]]] = {"exports": lambda r: exports.export_card(_VIEW, r)}
