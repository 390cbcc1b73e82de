"""The review meeting of CTO and CEO before sending and before signature."""
