"""Review and kick-off meetings in an Outlook calendar, with a Teams link."""
