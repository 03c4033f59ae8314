"""Killed at any step, the service loses nothing and doubles nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from referrals import failpoints

ROOT = Path(__file__).parents[2]
CRASHES = 18


@pytest.mark.long
def test_no_crash_loses_or_doubles_a_referral(database, tmp_path):
    command = [sys.executable, "-m", "tests.referrals.crash_runner", "--database", database]
    command += ["--folder", str(tmp_path / "dati"), "--crashes", str(CRASHES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert report["crashes"] == CRASHES
    assert report["confirmed"] > 3
    assert (report["lost"], report["doubled"], report["undelivered"]) == (0, 0, 0)
    assert report["mails"] == 2 * report["confirmed"]
    assert set(report["killed_at"]) == set(failpoints.POINTS)  # every step was hit
