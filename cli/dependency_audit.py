"""``cli/audit.sh``: bills of materials, known vulnerabilities, and whether each has a written decision.

pip-audit asks OSV or PyPI. Before its silence is believed, the service must report a vulnerability that everybody knows:
a mirror without advisories would else look like a clean bill of health. Without internet a checkout of the PyPA advisory
database takes its place (``--advisories``); with neither, the command says that nothing was asked, and only the
decisions are checked.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from settings.config import PROJECT_ROOT

GROUPS = ("app", "bot")
DECISIONS = PROJECT_ROOT / "docs" / "dependency-decisions.yaml"
LOCK = PROJECT_ROOT / "uv.lock"
SERVICES = ("osv", "pypi")
CANARY = "urllib3==1.26.5"  # CVE-2021-33503 and others since
_EXPORT = ("export", "--frozen", "--no-default-groups", "--no-emit-project", "--quiet")


@dataclass(frozen=True)
class Finding:
    """A published vulnerability of a package that we lock.

    :ivar ids: its identifier and aliases (PYSEC, GHSA, CVE).
    """

    package: str
    version: str
    ids: frozenset[str]

    def __str__(self) -> str:
        return f"{self.package} {self.version}: {', '.join(sorted(self.ids))}"


def normal(name: str) -> str:
    """A package's name in the one form that counts."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_versions(lock: Path = LOCK) -> dict[str, set[str]]:
    """All the versions that a lock file holds, by package."""
    found: dict[str, set[str]] = {}
    for package in tomllib.loads(lock.read_text(encoding="utf-8"))["package"]:
        found.setdefault(normal(package["name"]), set()).add(package.get("version", ""))
    return found


def decisions(path: Path = DECISIONS) -> list[dict[str, Any]]:
    """The written decisions."""
    return list(yaml.safe_load(path.read_text(encoding="utf-8"))["decisions"])


def undecided(findings: Iterable[Finding], decided: list[dict[str, Any]]) -> list[Finding]:
    """Findings that no decision names, for that package and version."""
    known = {
        (normal(entry["package"]), str(entry["version"]), name)
        for entry in decided
        for name in (entry["id"], *entry.get("aliases", ()))
    }
    return [f for f in findings if not any((f.package, f.version, name) in known for name in f.ids)]


def out_of_date(decided: list[dict[str, Any]], locked: dict[str, set[str]]) -> list[str]:
    """Decisions about versions that are no longer locked: there is nothing left to decide."""
    return [
        f"{entry['id']}: {entry['package']} {entry['version']} is not locked any more"
        for entry in decided
        if str(entry["version"]) not in locked.get(normal(entry["package"]), set())
    ]


def findings_of_pip_audit(report: str) -> tuple[list[Finding], int]:
    """Findings in pip-audit's JSON, and how many packages it really asked about."""
    found, asked = [], 0
    for entry in json.loads(report)["dependencies"]:
        if "skip_reason" in entry:
            continue
        asked += 1
        for vulnerability in entry["vulns"]:
            ids = frozenset({vulnerability["id"], *vulnerability.get("aliases", ())})
            found.append(Finding(normal(entry["name"]), entry["version"], ids))
    return found, asked


def findings_in_database(folder: Path, requirements: Iterable[tuple[str, str]]) -> list[Finding]:
    """Findings in a checkout of the PyPA advisory database (``vulns/<package>/*.yaml``, the OSV form).

    :raises FileNotFoundError: when ``folder`` is no such checkout.
    """
    vulns = folder / "vulns"
    if not vulns.is_dir():
        raise FileNotFoundError(f"{folder} holds no folder vulns/: it is no checkout of the advisory database")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = []
    for name, version in requirements:
        for file in sorted((vulns / name).glob("*.yaml")):
            record = yaml.load(file.read_text(encoding="utf-8"), loader)  # noqa: S506 (a safe loader)
            versions = {
                str(affected_version)
                for affected in record.get("affected", ())
                if normal(affected["package"]["name"]) == name
                for affected_version in affected.get("versions") or ()
            }
            if version in versions and not record.get("withdrawn"):
                found.append(Finding(name, version, frozenset({record["id"], *(record.get("aliases") or ())})))
    return found


def requirements_in(text: str) -> list[tuple[str, str]]:
    """Packages and versions of an exported requirements file."""
    pinned = re.finditer(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)", text, re.M)
    return sorted({(normal(match[1]), match[2]) for match in pinned})


def main(arguments: list[str] | None = None) -> int:
    """Run the audit.

    :returns: 0, or 1 when a finding lacks its decision, a decision is out of date, or ``--required`` is not met.
    """
    parser = argparse.ArgumentParser(
        prog="cli/audit.sh", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, default=PROJECT_ROOT / ".rientro" / "audit", help="folder of SBOMs and findings"
    )
    parser.add_argument("--advisories", type=Path, help="checkout of the PyPA advisory database")
    parser.add_argument("--required", action="store_true", help="fail when no source could be asked")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    exported = {group: _export(group, options.out) for group in GROUPS}
    service = None if options.advisories else next(filter(_speaks, SERVICES), None)
    findings: list[Finding] = []
    for group, requirements in exported.items():
        wanted = requirements_in(requirements.read_text(encoding="utf-8"))
        if options.advisories:
            found = findings_in_database(options.advisories, wanted)
            print(f"{group}: {len(wanted)} packages against {options.advisories}: {len(found)} findings")
        elif service:
            found, asked = findings_of_pip_audit(_pip_audit(requirements, service))
            print(f"{group}: {asked} of {len(wanted)} packages asked of {service}: {len(found)} findings")
        else:
            continue
        findings += found
    if not options.advisories and not service:
        print(f"No source of vulnerabilities answers ({', '.join(SERVICES)}): nothing was asked, nothing is known.")
    record = [{"package": f.package, "version": f.version, "ids": sorted(f.ids)} for f in findings]
    (options.out / "findings.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    decided = decisions()
    wrong = [f"without a decision: {finding}" for finding in undecided(findings, decided)]
    wrong += out_of_date(decided, locked_versions())
    print("\n".join(wrong) or f"{len(decided)} decisions, all about locked versions; no finding without one")
    return 1 if wrong or (options.required and not (service or options.advisories)) else 0


def _uv(*arguments: str) -> str:
    command = [str(PROJECT_ROOT / ".uv" / "bin" / "uv"), *arguments]
    return subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True).stdout


def _export(group: str, out: Path) -> Path:
    sbom = _uv(*_EXPORT, "--group", group, "--preview-features", "sbom-export", "--format", "cyclonedx1.5")
    (out / f"{group}.sbom.json").write_text(sbom, encoding="utf-8")
    print(f"{group}: SBOM with {len(json.loads(sbom)['components'])} components in {out / f'{group}.sbom.json'}")
    requirements = out / f"{group}.requirements.txt"
    plain = ("--no-hashes", "--no-annotate", "--no-header", "--format", "requirements.txt")
    requirements.write_text(_uv(*_EXPORT, "--group", group, *plain), encoding="utf-8")
    return requirements


def _pip_audit(requirements: Path, service: str) -> str:
    command = [
        str(Path(sys.executable).with_name("pip-audit")), "--requirement", str(requirements), "--no-deps", "--disable-pip",
        "--vulnerability-service", service, "--format", "json", "--progress-spinner", "off", "--timeout", "10",
    ]  # fmt: skip
    # It ends with 1 both when it finds something and when it fails; only a report is an answer.
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=900).stdout


def _speaks(service: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        canary = Path(folder) / "canary.txt"
        canary.write_text(CANARY, encoding="utf-8")
        try:
            return bool(findings_of_pip_audit(_pip_audit(canary, service))[0])
        except (ValueError, KeyError, subprocess.TimeoutExpired):
            return False


if __name__ == "__main__":
    sys.exit(main())
