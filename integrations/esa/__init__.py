"""The esa-star publication portal: ESA tender actions and those of other entities, read from its anonymous JSON API.

    transport = Transport("esa", client, api.policy())
    batch = await EsaSource(transport, api, TenderSource.ESA).fetch(known)

See README.md for what the portal does and how this client copes.
"""

from __future__ import annotations

from integrations.esa.api import EsaApi, Listing, Order, default_listings
from integrations.esa.records import Batch, Diagnostic, TenderRecord, TenderSource, Unreadable
from integrations.esa.saved import read_saved
from integrations.esa.source import EsaSource

__all__ = [
    "Batch",
    "Diagnostic",
    "EsaApi",
    "EsaSource",
    "Listing",
    "Order",
    "TenderRecord",
    "TenderSource",
    "Unreadable",
    "default_listings",
    "read_saved",
]
