"""What every dialog on an offer shares: fields, reading what was typed, merging with what others changed."""
