"""Countries people may work in, for their public holidays: Europe, where its launchers start, and usual partners.

ISO 3166-1, two letters. ``people import`` takes any other.
"""

# fmt: off
COUNTRIES = (
    "AT", "AU", "BE", "BG", "BR", "CA", "CH", "CY", "CZ", "DE", "DK", "EE",
    "ES", "FI", "FR", "GB", "GF", "GR", "HR", "HU", "IE", "IL", "IN", "IS",
    "IT", "JP", "KR", "LI", "LT", "LU", "LV", "MA", "MC", "MT", "NL", "NO",
    "PL", "PT", "RO", "RS", "SE", "SI", "SK", "TN", "TR", "UA", "US",
)
# fmt: on
