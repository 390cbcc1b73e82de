"""What Offerdesk knows, as files that grow no memory: rows are read and written piece by piece."""
