"""A small esa-star: two listings, strict about what it is asked, and controls that make tenders live."""

from __future__ import annotations

from integrations.sandbox.esa.endpoints import EsaPortal
from integrations.sandbox.esa.listing import Listings
from integrations.sandbox.esa.tenders import Draft, made_up_drafts

__all__ = ["Draft", "EsaPortal", "Listings", "made_up_drafts"]
