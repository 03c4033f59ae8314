"""``python -m cli`` is the ``rientro`` command."""

from cli.main import app

app()
