"""What each verb, command and event does: parse, call one service, present. About ten lines each."""
