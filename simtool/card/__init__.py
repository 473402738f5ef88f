"""One card from the terminal's side: transports, APDU processing, a session of commands."""
