"""The ``rientro`` command."""
