"""The professional roles. What each may do is in ``web/permissions.py``."""

MEDICO = "medico"
SPORTELLO = "sportello"
OPERATORE = "operatore"
SUPERVISORE = "supervisore"
AMMINISTRATORE = "amministratore"

ROLES = (MEDICO, SPORTELLO, OPERATORE, SUPERVISORE, AMMINISTRATORE)
