"""The public face: chat gateway, HTTP API and pages. All but the dialogue engine may be imported here."""
