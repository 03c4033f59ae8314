"""``python -m accounts link EMAIL``: a way back in when nobody else can give one.

For the last administrator who lost password or telephone: prints a one-time link and forgets the second factor. Whoever
can run it already holds the keys and the database; the journal says that it was used.
"""

from __future__ import annotations

import sys

from accounts.errors import AccountNotFound
from accounts.service import Accounts
from cases.db import make_engine, make_session_factory, upgrade
from cases.keys import Keyring
from settings import clock
from settings.config import get_settings


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status."""
    if len(arguments) != 2 or arguments[0] != "link":
        print("Uso: python -m accounts link INDIRIZZO-EMAIL", file=sys.stderr)
        return 2
    settings = get_settings()
    engine = make_engine(str(settings.database_url))
    upgrade(engine)
    accounts = Accounts(make_session_factory(engine), Keyring.open(settings.keys_dir, settings.keys_url), settings)
    try:
        print(accounts.invitations.rescue(arguments[1], clock.now()))
    except AccountNotFound:
        print("Nessun account attivo ha questo indirizzo.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
