"""What every edge that believes signed tokens shares: the issuers' keys, the bearer header, where tokens may go."""
