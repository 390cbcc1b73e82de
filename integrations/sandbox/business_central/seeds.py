"""The company before anybody worked in it: contacts, customers and salespeople with made-up, general names."""

from __future__ import annotations

from integrations.sandbox.business_central.store import Store

COMPANY_ID = "0c0ffee0-0000-4000-8000-00000000c001"
SALESPEOPLE = (("LEAD1", "Sales lead 1"), ("LEAD2", "Sales lead 2"), ("BID", "Bid manager"))
COMPANIES = (
    ("CT000010", "C00010", "Prime contractor A", "FR"),
    ("CT000020", "C00020", "Prime contractor B", "DE"),
    ("CT000030", "C00030", "Space agency", "FR"),
    ("CT000040", "", "Research institute", "IT"),
)


def plant(store: Store) -> None:
    """Fill the tables."""
    store.insert("companies", {"name": "SUPPLIER", "displayName": "Space supplier"}, row_id=COMPANY_ID)
    for code, name in SALESPEOPLE:
        store.insert("salespeople", {"code": code, "displayName": name, "email": f"{code.lower()}@supplier.example"})
    for contact, customer, name, country in COMPANIES:
        domain = f"{name.lower().replace(' ', '-')}.example"
        store.insert(
            "contacts",
            {
                "number": contact,
                "type": "Company",
                "displayName": name,
                "companyNumber": contact,
                "companyName": name,
                "country": country,
                "email": f"contact@{domain}",
                "contactBusinessRelation": "Customer" if customer else "None",
            },
        )
        store.insert(
            "contacts",
            {
                "number": f"{contact[:-1]}1",
                "type": "Person",
                "displayName": f"Procurement officer, {name}",
                "jobTitle": "Procurement officer",
                "companyNumber": contact,
                "companyName": name,
                "country": country,
                "email": f"procurement@{domain}",
            },
        )
        if customer:
            store.insert(
                "customers",
                {
                    "number": customer,
                    "displayName": name,
                    "type": "Company",
                    "country": country,
                    "email": f"invoices@{domain}",
                    "currencyCode": "EUR",
                },
            )
