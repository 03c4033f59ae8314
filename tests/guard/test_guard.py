"""The guard is a test of the others only if it fails when it should: leaks are planted, each must be caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guard.register import Register

pytest_plugins = ["pytester"]

CONFTEST = """
import sys
sys.path.insert(0, {root!r})
pytest_plugins = ["tests.guard.plugin"]
"""
HEAD = """
import json, logging, subprocess, sys
import httpx, pytest, structlog
from referrals.contact import Contact
from settings.logs import get_logger
from web import metrics

LINE = json.dumps({"event": "sent to Zenobia", "level": "info"}) + "\\n"
LINK = '<a href="/x?n=Quattrocchi">x</a>'
PAGE = '<a href="/misure">x</a>'

def ada():
    return Contact("Zenobia Quattrocchi", "333 1234567", "zenobia@casa.example", "QTTZNB70A41F205X")

def site(answer):
    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://prova")
"""
PLANTED = {
    "a name in a log line": "ada(); get_logger().info('referral sent to Zenobia')",
    "a name in an allowed key": "ada(); get_logger().info('referral sent', reason_code='QUATTROCCHI')",
    "a telephone number written otherwise": "ada(); get_logger().info('calling', host='+39 333-123.4567')",
    "an e-mail nobody registered": "get_logger().info('sent', host='mario.rossi@casa.example')",
    "a telephone number nobody registered": "get_logger().info('calling 347 1122334')",
    "a codice fiscale nobody registered": "get_logger().info('RSSMRA80A01F205X')",
    "a percentage of invalidity": "get_logger().info('read', fact='invalidita_percento: 75')",
    "a library's log line": "ada(); logging.getLogger('x').addHandler(logging.StreamHandler()) or logging.getLogger('x').error('Zenobia')",
    "a person's word in a URL": "ada(); site(lambda r: httpx.Response(200)).get('/cerca?chi=Zenobia')",
    "an encoded name in a path": "ada(); site(lambda r: httpx.Response(200)).get('/persone/%5Aenobia')",
    "free words in a URL": (
        "site(lambda r: httpx.Response(200)).post('/m', json={'text': 'mi chiamo e vivo a casa di mia zia'});"
        "site(lambda r: httpx.Response(200)).get('/m?q=a+casa+di+mia')"
    ),
    "a redirection": "ada(); site(lambda r: httpx.Response(303, headers={'Location': '/x?e=zenobia@casa.example'})).get('/')",
    "a link of a page": "ada(); site(lambda r: httpx.Response(200, html=LINK)).get('/')",
    "an error report": (
        "ada(); site(lambda r: httpx.Response(422, json={'detail': 'Zenobia non va bene'},"
        " headers={'content-type': 'application/problem+json'})).get('/')"
    ),
    "a token in a log line": (
        "site(lambda r: httpx.Response(200)).get('/', headers={'Authorization': 'Bearer Vk3xT0ken-segreto'});"
        "get_logger().info('token Vk3xT0ken-segreto')"
    ),
    "a metric's label": "ada(); metrics.BOT_FAILURES.labels('Zenobia').inc()",
    "a log line of another process": (
        "ada(); subprocess.run([sys.executable, '-c', 'print(input())'], input=LINE, capture_output=True, text=True)"
    ),
    "a log file": "ada(); (tmp_path / 'web.log').write_text(LINE); guard.watch_folder(tmp_path)",
}  # fmt: skip


@pytest.fixture
def suite(pytester: pytest.Pytester):
    """Run tests of one's own in a process of their own, under the guard."""
    pytester.makeconftest(CONFTEST.format(root=str(Path(__file__).resolve().parents[2])))

    def run(bodies: list[str], more: str = "") -> pytest.RunResult:
        tests = [f"def test_{n}(request, tmp_path, guard):\n    {body}\n" for n, body in enumerate(bodies)]
        pytester.makepyfile(HEAD + "\n".join(tests) + more)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-rE")

    return run


def test_every_planted_leak_is_caught(suite) -> None:
    outcome = suite(list(PLANTED.values()))
    report = outcome.stdout.str()
    caught = {
        n for n in range(len(PLANTED)) if f"ERROR test_every_planted_leak_is_caught.py::test_{n} " in report + " "
    }
    missed = [name for n, name in enumerate(PLANTED) if n not in caught]
    assert missed == [], report[-6000:]
    outcome.assert_outcomes(passed=len(PLANTED), errors=len(PLANTED))


def test_what_is_not_personal_passes(suite) -> None:
    outcome = suite(
        [
            "get_logger().info('request', method='POST', route='/api/v1/referrals', status=201, duration_ms=3.1)",
            "ada(); get_logger().info('referral sent', referral='RTR-8K2M-71', text='Zenobia')",  # [omesso]
            "ada(); logging.getLogger('y').error('failed for %s', 'Zenobia')",
            "get_logger().info('started', pid=31234567, session='3f9a1c0b7d2e4f50', port=8000)",
            "site(lambda r: httpx.Response(200, html=PAGE)).get('/operatori?comune=Lodi&limit=5')",
            "ada(); print('Zenobia Quattrocchi')",  # what a command shows to whoever asked
            "metrics.REQUESTS.labels('GET', '/segnalazioni/{code}', 200).inc()",
        ]
    )
    outcome.assert_outcomes(passed=7)


def test_what_another_process_says_after_the_last_test_fails_the_run(suite) -> None:
    """The guard's own check of that test is over when the fixture of the whole run is put away."""
    late = """

@pytest.fixture(scope="session")
def service(guard, tmp_path_factory):
    log = tmp_path_factory.mktemp("logs") / "web.log"
    guard.watch_file(log)
    yield
    log.write_text(LINE)

def test_last(service):
    ada()
"""
    outcome = suite([], late)
    outcome.assert_outcomes(passed=1)
    assert outcome.ret == pytest.ExitCode.TESTS_FAILED
    assert "somebody's word 'zenobia'" in outcome.stderr.str()


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("request GET /api/v1/chat/sessions/{session} 200", False),
        ("invalidita_percento 75", True),
        ("il 75% di invalidità civile", True),
        ("facts_named invalidita_percento", False),
        ("800 318 318", False),
        ("2026-11-22T16:11:51.016123Z info started", False),
    ],
)  # fmt: skip
def test_personal_by_its_form(text: str, personal: bool) -> None:
    assert (Register().found_in(text) is not None) == personal
