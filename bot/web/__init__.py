"""The other HTTP edges: health, metrics, downloads."""
