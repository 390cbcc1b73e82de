"""The personal tab: pages in Teams for what does not fit on a card. Drawn by the server, signed in by Teams."""
