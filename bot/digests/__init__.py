"""The month that ended, told to who steers the company; what waits for whom, told to the tender channel."""
