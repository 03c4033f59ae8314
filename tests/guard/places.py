"""Where nothing personal may appear: log lines, error reports, metrics, traces, URLs; of this process and of others."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from tests.guard.register import Register, decoded

_LINKS = re.compile(r'(?:href|action|src)="(/[^"]*|https?://[^"]*)"')
_TRACEBACK = "Traceback (most recent call last)"
_BROWSER_OWN = ("data:", "blob:", "about:")


class Guard:
    """Learns what is personal and remembers every leak until :meth:`leaks` is asked."""

    def __init__(self) -> None:
        self.register = Register()
        self._leaks: list[str] = []
        self._files: dict[Path, int] = {}
        self._folders: set[Path] = set()
        self._told: set[str] = set()

    def leaks(self) -> list[str]:
        """Leaks found since last asked, those in files and metrics included."""
        self._read_files()
        self._read_metrics()
        found, self._leaks = list(dict.fromkeys(self._leaks)), []
        return found

    def see(self, place: str, text: str, phones: bool = True) -> None:
        """Look at something that came out."""
        if found := self.register.found_in(text, phones):
            self._leaks.append(f"{place}: {found} in {text.strip()[:300]!r}")

    def see_log(self, place: str, text: str) -> None:
        """Look at log lines."""
        for line in text.splitlines():
            if line.strip():
                self.see(place, decoded(line))

    def see_url(self, place: str, url: str) -> None:
        """Look at an address: path and query, as written and decoded."""
        if url.startswith(_BROWSER_OWN):
            return
        address = re.sub(r"^https?://[^/]*", "", url)
        path, _, query = address.partition("?")
        # The fragment stays in the browser: that is why secrets of links travel in it.
        said = [unquote_plus(path.partition("#")[0])]
        said += [f"{name} {value}" for name, value in parse_qsl(query.partition("#")[0])]
        for part in said:
            self.see(place, part, phones=False)

    def watch_file(self, path: Path) -> None:
        """Look at what is written into a log file from now on."""
        self._files.setdefault(path, 0)

    def watch_folder(self, folder: Path) -> None:
        """Look at all that is written into a folder of logs, those that come later included."""
        self._folders.add(folder)

    def _read_files(self) -> None:
        for folder in self._folders:
            for path in folder.glob("*.log"):
                self.watch_file(path)
        for path, offset in list(self._files.items()):
            if not path.exists():
                continue
            if path.stat().st_size < offset:
                offset = 0  # it was rotated
            with path.open("rb") as file:
                file.seek(offset)
                text = file.read()
            whole = text.rpartition(b"\n")[0]  # the last line may still be being written
            self._files[path] = offset + len(whole)
            self.see_log(f"log {path.name}", whole.decode("utf-8", "replace"))

    def _read_metrics(self) -> None:
        module = sys.modules.get("web.metrics")
        if module is None:
            return
        for family in module.REGISTRY.collect():
            for sample in family.samples:
                for value in set(sample.labels.values()) - self._told:  # a label stays: it is reported once
                    before = len(self._leaks)
                    self.see(f"metric {sample.name}", value, phones=False)
                    if len(self._leaks) > before:
                        self._told.add(value)

    def see_browser_request(self, request: Any) -> None:
        """Learn from what a page sent, then look at the address it asked for."""
        kind = request.headers.get("content-type", "")
        try:
            if kind.startswith("application/json"):
                self.register.add_fields(json.loads(request.post_data or "null"))
            elif kind.startswith("application/x-www-form-urlencoded"):
                self.register.add_fields(dict(parse_qsl(request.post_data or "")))
        except Exception:  # hostile bodies are part of the tests: nothing to learn from them
            pass
        self.see_url("address asked by a page", request.url)

    def see_metrics(self, exposition: str) -> None:
        """Look at another process's metrics, as Prometheus reads them."""
        for value in re.findall(r'="((?:[^"\\]|\\.)*)"', exposition):
            self.see("metrics", value, phones=False)

    # What this process says ----------------------------------------------------------------------------------------

    def attach(self) -> None:
        """Watch the modules that are loaded; those loaded later are watched when this is called again."""
        self._once(logging.StreamHandler, "emit", self._around_emit)
        self._once(subprocess.Popen, "communicate", self._around_communicate)
        for module, name, wrap in self._wrappers():
            if (loaded := sys.modules.get(module)) is not None:
                owner: Any = loaded
                *classes, method = name.split(".")
                for part in classes:
                    owner = getattr(owner, part)
                self._once(owner, method, wrap)

    def attach_browser(self, browser: Any) -> None:
        """Watch every page of a Playwright browser."""
        for name in ("new_context", "new_page"):
            original = getattr(browser, name)

            def opened(*args: Any, original: Any = original, **kwargs: Any) -> Any:
                made = original(*args, **kwargs)
                made.on("request", self.see_browser_request)
                return made

            setattr(browser, name, opened)

    def _once(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        original = owner.__dict__[name] if isinstance(owner, type) else getattr(owner, name)
        if not getattr(original, "is_guarded", False):
            wrapped = wrap(original)
            wrapped.is_guarded = True
            setattr(owner, name, wrapped)

    def _wrappers(self) -> list[tuple[str, str, Callable[[Any], Any]]]:
        """Module, name in it, wrapper: what is looked at, then what personal data are learnt from."""
        register = self.register
        prints = (
            "msg",
            "log",
            "debug",
            "info",
            "warn",
            "warning",
            "fatal",
            "failure",
            "err",
            "error",
            "critical",
            "exception",
        )
        return [
            *(("structlog._output", f"PrintLogger.{name}", self._around_print) for name in prints),
            ("httpx", "Client.send", self._around_send),
            ("httpx", "AsyncClient.send", self._around_async_send),
            ("opentelemetry.sdk.trace", "Span.end", self._around_span),
            ("cases.service", "Cases.add_turn", self._learning(lambda call: _learn_turn(register, call))),
            ("cases.service", "Cases.issue_token", self._learning(lambda call: register.add_key(call.result))),
            ("referrals.contact", "Contact.__init__", self._learning(lambda call: _learn_contact(register, call))),
            ("referrals.service", "Referrals.open", self._learning(lambda call: register.add_key(call.result.pin))),
            ("accounts.links", "create_in", self._learning(lambda call: register.add_key(call.result))),
            ("accounts.people", "create_in", self._learning(lambda call: _learn_account(register, call))),
        ]

    def _around_emit(self, original: Any) -> Any:
        guard = self

        def emit(handler: logging.StreamHandler[Any], record: logging.LogRecord) -> None:
            if not type(handler).__module__.startswith("_pytest"):  # pytest's own see records before our filter
                try:
                    guard.see_log("log", handler.format(logging.makeLogRecord(record.__dict__)))
                except Exception:
                    guard.see_log("log", str(record.msg))
            original(handler, record)

        return emit

    def _around_print(self, original: Any) -> Any:
        guard = self

        def printed(logger: Any, message: str) -> None:
            guard.see_log("log", message)
            original(logger, message)

        return printed

    def _around_communicate(self, original: Any) -> Any:
        guard = self

        def communicate(process: Any, *args: Any, **kwargs: Any) -> Any:
            outputs = original(process, *args, **kwargs)
            for output in outputs:
                text = output.decode("utf-8", "replace") if isinstance(output, bytes) else output or ""
                # Commands print what they were asked for; only what they log must be free of it.
                for line in text.splitlines():
                    if line.startswith("{") and _is_log(line):
                        guard.see_log("log of a process", line)
            return outputs

        return communicate

    def _around_span(self, original: Any) -> Any:
        guard = self

        def end(span: Any, *args: Any, **kwargs: Any) -> None:
            guard.see("trace", span.name)
            for name, value in (span.attributes or {}).items():
                guard.see(f"trace {name}", str(value), phones=False)
            for event in span.events:
                guard.see("trace event", f"{event.name} {dict(event.attributes or {})}")
            original(span, *args, **kwargs)

        return end

    def _around_send(self, original: Any) -> Any:
        guard = self

        def send(client: Any, request: Any, **kwargs: Any) -> Any:
            guard.see_request(request)
            response = original(client, request, **kwargs)
            if not kwargs.get("stream"):
                guard.see_response(response)
            return response

        return send

    def _around_async_send(self, original: Any) -> Any:
        guard = self

        async def send(client: Any, request: Any, **kwargs: Any) -> Any:
            guard.see_request(request)
            response = await original(client, request, **kwargs)
            if not kwargs.get("stream"):
                guard.see_response(response)
            return response

        return send

    def see_request(self, request: Any) -> None:
        """Learn from a request's content, then look at its address."""
        kind = request.headers.get("content-type", "")
        try:
            body = request.content
            if kind.startswith("application/json"):
                self.register.add_fields(json.loads(body))
            elif kind.startswith("application/x-www-form-urlencoded"):
                self.register.add_fields(dict(parse_qsl(body.decode())))
        except Exception:  # hostile bodies are part of the tests: nothing to learn from them
            pass
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            self.register.add_key(token)
        self.see_url("address asked", str(request.url))

    def see_response(self, response: Any) -> None:
        """Look at where an answer sends people, at its links, and at what it reports of an error."""
        for name, value in response.headers.multi_items():
            if name.lower() == "location":
                self.see_url("redirection", value)
        kind = response.headers.get("content-type", "")
        if kind.startswith("application/problem+json"):
            self.see_problem(response.text)
        elif kind.startswith("text/html"):
            for link in _LINKS.findall(response.text):
                self.see_url("link", link)

    def see_problem(self, text: str) -> None:
        """Look at an error report that went out: it may name fields and rules, never values."""
        self.see("error report", decoded(text))

    def _learning(self, learn: Callable[[Call], None]) -> Callable[[Any], Any]:
        def wrap(original: Any) -> Any:
            def learning(*args: Any, **kwargs: Any) -> Any:
                result = original(*args, **kwargs)
                learn(Call(args, kwargs, result))
                return result

            learning.__wrapped__ = original
            learning.__doc__ = original.__doc__
            return learning

        return wrap


class Call:
    """A call of the product that personal data can be learnt from."""

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        self.args, self.kwargs, self.result = args, kwargs, result

    def argument(self, place: int, name: str) -> Any:
        """An argument, however it was given."""
        return self.args[place] if len(self.args) > place else self.kwargs.get(name)


def _learn_turn(register: Register, call: Call) -> None:
    if call.argument(2, "author") == "persona":
        register.add_fields(call.argument(3, "body"))


def _learn_contact(register: Register, call: Call) -> None:
    contact = call.args[0]
    for value in (contact.nome, contact.telefono, contact.email, contact.codice_fiscale):
        register.add_datum(value)


def _learn_account(register: Register, call: Call) -> None:
    register.add_datum(call.kwargs.get("name"))
    register.add_datum(call.kwargs.get("email"))


def _is_log(line: str) -> bool:
    try:
        content = json.loads(line)
    except ValueError:
        return False
    return isinstance(content, dict) and {"event", "level"} <= set(content)


#: The one of this run.
GUARD = Guard()
