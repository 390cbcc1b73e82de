"""The Bot Framework edge."""
