"""The server from its clients' view: real HTTP against a real process."""
