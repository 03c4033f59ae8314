"""Mutation testing of the engine with mutmut, on a copy, so that the tree is never touched.

    python -m benchmarks.eligibility_mutants [module ...] [--keep FOLDER]

Without modules: those that decide (see DECIDING). Lines that only hold the words of a message are not mutated:
the tests check that an error is told and what it is about, not each letter. Prints the score and every survivor;
exit code 1 under 95%. It takes long: a few seconds for each mutant.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
DECIDING = (
    "expressions",
    "domains",
    "diagram",
    "partial_evaluation",
    "compiled",
    "conditions",
    "questions",
    "counterfactuals",
    "quota",
    "absences",
)
# Tests that start other processes or look at time and memory say nothing about a mutant.
SLOW = ("works_alone", "importing_is_quick", "no_clock_no_network", "memory_does_not_grow")


# Mutants run in forks of one process; what it has compiled and remembered would hide them.
FORGET = """
import pytest


@pytest.fixture(scope="session", autouse=True)
def forget():
    import eligibility
    from eligibility import assessment, questions

    rules = eligibility.load()
    for name in ("domains", "positions", "_nobody", "_encoders"):
        rules.__dict__.pop(name, None)
    rules._compiled.clear()
    assessment._views.clear()
    questions._costs.clear()
"""


def prepare(folder: Path, modules: tuple[str, ...]) -> None:
    """A project with only this package and its tests."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "eligibility", folder / "eligibility", ignore=ignore)
    shutil.copytree(ROOT / "tests" / "eligibility", folder / "tests" / "eligibility", ignore=ignore)
    (folder / "benchmarks").mkdir()
    for package in ("tests", "benchmarks"):
        (folder / package / "__init__.py").touch()
    shutil.copy(ROOT / "benchmarks" / "eligibility_population.py", folder / "benchmarks")
    (folder / "tests" / "eligibility" / "conftest.py").write_text(FORGET, encoding="utf-8")
    lines = [
        "[mutmut]",
        "source_paths=eligibility",
        *_several("only_mutate", [f"eligibility/{name}.py" for name in modules]),
        *_several("do_not_mutate_patterns", [r"raise \w+\(", r"^\s*f?\"[^\"]* [^\"]*\"\)?$", r"Remark\(", "Check\\("]),
        *_several("also_copy", ["benchmarks", "eligibility", "tests"]),
        *_several(
            "pytest_add_cli_args",
            ["-q", "-p", "no:randomly", "--hypothesis-seed=0", "-k", " and ".join(f"not {n}" for n in SLOW)],
        ),
        *_several("pytest_add_cli_args_test_selection", ["tests/eligibility"]),
    ]
    (folder / "setup.cfg").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _several(key: str, values: list[str]) -> list[str]:
    return [f"{key}=", *(f"    {value}" for value in values)]


def results(folder: Path) -> dict[str, str]:
    """Mutant -> killed, survived, timeout, ..."""
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", "results", "--all", "true"], cwd=folder, capture_output=True, text=True
    )
    found = {}
    for line in done.stdout.splitlines():
        name, _, status = line.strip().rpartition(": ")
        if name:
            found[name] = status
    return found


def run(folder: Path, children: int, names: list[str]) -> None:
    """Run mutmut on these mutants (patterns), all of them when the list is empty; its progress goes to a log."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(children), *names]
    environment = {**os.environ, "ELIGIBILITY_EXAMPLES": "0.2"}
    with (folder / "mutmut.log").open("ab") as progress:
        subprocess.run(command, cwd=folder, check=False, stdout=progress, stderr=subprocess.STDOUT, env=environment)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", default=list(DECIDING))
    parser.add_argument("--keep", type=Path, help="use (and keep) this folder; a run in it is resumed")
    parser.add_argument("--children", type=int, default=1, help="processes at a time")
    parser.add_argument(
        "--tenth", type=int, metavar="0-9", help="try only the mutants whose number ends so: one in ten"
    )
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="mutants-"))
    if not (folder / "setup.cfg").exists():
        folder.mkdir(parents=True, exist_ok=True)
        prepare(folder, tuple(options.modules))
    print(f"running, progress in {folder / 'mutmut.log'}", flush=True)
    run(folder, options.children, [] if options.tenth is None else [f"*__mutmut_*{options.tenth}"])
    found = results(folder)
    counts = Counter(found.values())
    bad = sorted(name for name, status in found.items() if status in ("survived", "no tests", "suspicious"))
    for name in bad:
        print(f"  {found[name]:10} {name}")
    total = sum(counts[status] for status in ("killed", "timeout", "survived", "no tests", "suspicious"))
    dead = counts["killed"] + counts["timeout"]
    print(json.dumps(counts))
    if not total:
        print("no mutants were tried")
        return 1
    print(f"engine: {dead}/{total} mutants killed, {100 * dead / total:.1f}%")
    if options.keep is None:
        shutil.rmtree(folder)
    return 0 if dead >= 0.95 * total else 1


if __name__ == "__main__":
    sys.exit(main())
