"""The throw-away databases of the tests: none outlives its run, even one that was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.cases.databases import _throwaway, drop_orphans

ROOT = Path(__file__).parents[2]
_DYING = """
import sys, os, signal
from tests.cases.databases import _throwaway
_throwaway(sys.argv[1], "rientro_test_orphan").__enter__()
print("made", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.postgresql
def test_a_killed_run_leaves_a_database_that_the_next_one_drops(postgresql_server):
    done = subprocess.run([sys.executable, "-c", _DYING, postgresql_server], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL and done.stdout == b"made\n", done.stderr
    with _throwaway(postgresql_server, f"rientro_test_alive_{os.getpid()}") as alive:
        for _ in range(50):  # the server may take a moment to see that the connection is gone
            if "rientro_test_orphan" in drop_orphans(postgresql_server):
                break
        with psycopg.connect(postgresql_server) as connection:
            names = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        assert "rientro_test_orphan" not in names
        psycopg.connect(alive).close()
