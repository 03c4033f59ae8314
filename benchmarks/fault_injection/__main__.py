"""Break the real service while people use it: ``python -m benchmarks.fault_injection``.

Options: ``--minutes N`` (all faults together, default 15), ``--times N`` (so often in a row), ``--only NAME ...``,
``--people N``, ``--json FILE``, ``--list``.
The service, its disk, PostgreSQL, Redis and mail server are made for the run and removed after it. A fault that this
machine does not let us inject is named with the reason. Exit status 1 when somebody lost something.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.fault_injection import books
from benchmarks.fault_injection.faults import FAULTS, Fault
from benchmarks.fault_injection.people import Ledger, Person
from benchmarks.fault_injection.service import Service
from settings.config import Settings

PATIENCE_SECONDS = 600.0  # longer than training a model anew on a busy machine
_FINISH_SECONDS = 660.0


def strike(service: Service, fault: Fault, seconds: float, people: int, chance: random.Random) -> dict[str, Any]:
    """Let people talk, break something, mend it, let them finish, look at the books."""
    reason = fault.why_not(service)
    if reason:
        return {"fault": fault.name, "not injected": reason}
    if fault.fresh:
        service.begin_anew()
    ledger, phone = Ledger(), Settings(data_dir=service.data_dir).help_phone
    crowd = [Person(service.base_url, ledger, phone, PATIENCE_SECONDS) for _ in range(people)]
    began = time.monotonic()
    for person in crowd:
        person.start()
    time.sleep(min(3.0, seconds / 4))
    times = 0
    try:
        times = fault.strike(service, seconds, chance)
    except Exception as error:  # a service that does not come back is a finding, and the other faults go on
        ledger.problem(f"{type(error).__name__}: {error}"[:500])
    under_way = sum(person.talking for person in crowd)
    for person in crowd:
        person.stop.set()
    try:
        recovery = service.wait_ready()
    except TimeoutError:
        recovery = -1.0
        ledger.problem("the service did not become ready again")
    for person in crowd:
        person.join(_FINISH_SECONDS)
        if person.is_alive():
            ledger.problem("a person is still waiting")
    found = {
        "fault": fault.name,
        "what": fault.what,
        "times": times,
        "seconds": round(time.monotonic() - began),
        "ready again after": round(recovery, 1),
        "conversations under way when it ended": under_way,
        **ledger.counts,
        "longest wait for an answer": round(ledger.longest_wait, 1),
        **books.check(service, ledger.confirmed),
        "problems": ledger.problems,
    }
    found["passed"] = not (
        found["problems"]
        or found["lost"]
        or found["doubled"]
        or found["undelivered"]
        or str(found["journal"]).startswith("broken")
        or ledger.counts["conversations"] != ledger.counts["conversations ended"]
    )
    return found


def run(
    chosen: list[Fault],
    seconds: float,
    people: int,
    folder: Path,
    console: Console,
    seed: int,
    report: Path | None = None,
) -> list[dict[str, Any]]:
    """Every chosen fault, each kind of service started once."""
    chance, results = random.Random(seed), []
    for shared in (False, True):
        mine = [fault for fault in chosen if fault.shared == shared]
        if not mine:
            continue
        service = Service(folder / ("condiviso" if shared else "incorporato"), shared)
        try:
            if shared and (service.postgres is None or service.redis is None):
                results += [{"fault": f.name, "not injected": "; ".join(service.missing.values())} for f in mine]
                continue
            service.start()
            for fault in mine:
                console.print(f"• {fault.name}: {fault.what}")
                service.mend()
                results.append(strike(service, fault, seconds, people, chance))
                if report:
                    report.write_text(json.dumps({"seed": seed, "results": results}, indent=1, ensure_ascii=False))
                verdict = results[-1].get("passed")
                console.print("  " + {True: "passed", False: "FAILED", None: "not injected"}[verdict], highlight=False)
                for problem in results[-1].get("problems", ())[:5]:
                    console.print("   ", problem, markup=False)
        finally:
            service.close()
    return results


def table(results: list[dict]) -> Table:
    """The report for a terminal."""
    columns = {
        "fault": "fault",
        "times": "times",
        "conversations": "conver-\nsations",
        "messages": "mes-\nsages",
        "apologies": "apologies\nwith number",
        "service out of reach": "out of\nreach",
        "longest wait for an answer": "longest\nwait, s",
        "referrals confirmed": "referrals\nconfirmed",
        "lost": "lost",
        "doubled": "doubled",
        "undelivered": "undeli-\nvered",
        "passed": "passed",
    }
    made = Table(title="Faults injected into the running service")
    for title in columns.values():
        made.add_column(title, justify="right")
    for result in results:
        if "not injected" in result:
            made.add_row(result["fault"], f"not injected: {result['not injected']}")
        else:
            made.add_row(*(str(result.get(key, 0)) for key in columns))
    return made


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=15, help="for all the faults together, starting apart")
    parser.add_argument("--only", nargs="+", choices=[fault.name for fault in FAULTS], help="these faults")
    parser.add_argument("--people", type=int, default=3, help="how many talk at the same time")
    parser.add_argument("--json", type=Path, help="write everything that was counted")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="for the moments of the faults")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it, to look at the logs")
    parser.add_argument("--times", type=int, default=1, help="all of it so many times in a row, each for --minutes")
    parser.add_argument("--list", action="store_true", help="name the faults")
    given = parser.parse_args()
    console = Console(width=150)
    if given.list:
        for fault in FAULTS:
            console.print(f"{fault.name}: {fault.what}", highlight=False)
        return 0
    chosen = [fault for fault in FAULTS if given.only is None or fault.name in given.only]
    folder = given.keep or Path(tempfile.mkdtemp(prefix="rientro-guasti-"))
    folder.mkdir(parents=True, exist_ok=True)
    seconds, results = given.minutes * 60 / len(chosen), []
    try:
        for number in range(given.times):
            place = folder / str(number + 1) if given.times > 1 else folder
            place.mkdir(exist_ok=True)
            found = run(chosen, seconds, given.people, place, console, given.seed + number, given.json)
            console.print(table(found))
            results += found
            if given.json:
                given.json.write_text(
                    json.dumps({"seed": given.seed, "results": results}, indent=1, ensure_ascii=False)
                )
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
    if given.times > 1:
        failed = sum(not result.get("passed", True) for result in results)
        console.print(f"{given.times} times all faults in a row: {failed} failed", highlight=False)
    return 0 if all(result.get("passed", True) for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
