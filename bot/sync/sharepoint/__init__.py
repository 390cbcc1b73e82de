"""SharePoint: the folder of an offer, and what is filed in it."""
