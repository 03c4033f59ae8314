"""The facts a message states: a grammar of Italian, one file for each kind of fact."""
