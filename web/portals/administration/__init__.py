"""Running the service: accounts, sessions, operators' file, retention, journal, texts, messages (``/amministrazione``)."""
