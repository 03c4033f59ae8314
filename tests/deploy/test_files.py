"""What is in ``deploy/``, checked by the validators of its own world and against the program it describes."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import compose_spec
import kubernetes_validate
import pytest
import yaml
from prometheus_client.registry import Collector

from actions import server as actions_server
from cases.db import make_engine, make_session_factory
from referrals import worker_metrics
from settings.config import Settings
from web import metrics

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
OVERLAYS = sorted(path.name for path in (DEPLOY / "kubernetes" / "overlays").iterdir())
SETTINGS = {f"RIENTRO_{name.upper()}" for name in Settings.model_fields}
BOT_VARIABLES = {f"RIENTRO_BOT_{name}" for name in ("HOST", "PORT", "DIR", "KEY_FILE", "MODEL", "TOKEN")} | {
    "RIENTRO_ACTIONS_URL",
    "RIENTRO_ACTIONS_TOKEN",
}


def rendered(overlay: str) -> list[dict[str, Any]]:
    """The objects that an overlay makes."""
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("kubectl is not installed: the Kubernetes files were not rendered")
    folder = DEPLOY / "kubernetes" / "overlays" / overlay
    done = subprocess.run([program, "kustomize", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


@pytest.fixture(scope="module", params=OVERLAYS)
def objects(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return rendered(request.param)


def pods(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Pod templates by the name of what makes them."""
    found = {}
    for item in objects:
        spec = item.get("spec", {})
        if item["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec:
            found[item["metadata"]["name"]] = spec["template"]
    return found


@pytest.mark.long
def test_kubernetes_objects_are_valid(objects: list[dict[str, Any]]) -> None:
    for version in ("1.29", kubernetes_validate.latest_version()):
        for item in objects:
            kubernetes_validate.validate(item, version, strict=True)


def test_every_pod_is_confined_and_sized(objects: list[dict[str, Any]]) -> None:
    for name, template in pods(objects).items():
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in spec["containers"] + spec.get("initContainers", []):
            guard = container["securityContext"]
            assert guard["allowPrivilegeEscalation"] is False and guard["capabilities"] == {"drop": ["ALL"]}, name
            assert guard.get("readOnlyRootFilesystem") is True or name == "postgres", name
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
            assert {"cpu", "memory"} <= container["resources"]["limits"].keys(), name


def test_what_serves_has_probes_a_budget_and_a_scale(objects: list[dict[str, Any]]) -> None:
    for name in ("gateway", "actions", "bot"):
        container = pods(objects)[name]["spec"]["containers"][0]
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys(), name
        for kind in ("HorizontalPodAutoscaler", "PodDisruptionBudget"):
            assert any(item["kind"] == kind and item["metadata"]["name"] == name for item in objects), (kind, name)


def test_no_secret_has_a_value(objects: list[dict[str, Any]]) -> None:
    assert not [item for item in objects if item["kind"] == "Secret"]
    for name, template in pods(objects).items():
        for container in template["spec"]["containers"]:
            for variable in container.get("env", []):
                if re.search("TOKEN|PASSWORD|SECRET", variable["name"]):
                    assert "secretKeyRef" in variable["valueFrom"], (name, variable)


def test_the_engine_reaches_the_action_server_and_nothing_else(objects: list[dict[str, Any]]) -> None:
    labels = pods(objects)["bot"]["metadata"]["labels"]

    def chosen(policy: dict[str, Any]) -> bool:
        selector = policy["spec"]["podSelector"]
        wanted = selector.get("matchLabels", {})
        expressions = selector.get("matchExpressions", [])
        return all(labels.get(k) == v for k, v in wanted.items()) and all(
            labels.get(e["key"]) in e["values"] for e in expressions
        )

    policies = [item for item in objects if item["kind"] == "NetworkPolicy" and chosen(item)]
    ways = [way for item in policies for way in item["spec"].get("egress", [])]
    assert ways == [
        {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "actions"}}}], "ports": [{"port": 8001}]}
    ]
    assert all("Egress" in item["spec"]["policyTypes"] for item in policies)
    spec = pods(objects)["bot"]["spec"]
    assert spec["dnsPolicy"] == "None" and not any(
        "configMapRef" in s for c in spec["containers"] for s in c.get("envFrom", [])
    )


def test_every_variable_of_kubernetes_is_a_setting(objects: list[dict[str, Any]]) -> None:
    given = {
        key for item in objects if item["kind"] == "ConfigMap" for key in item["data"] if key.startswith("RIENTRO")
    }
    assert given and given <= SETTINGS
    for template in pods(objects).values():
        for container in template["spec"]["containers"]:
            names = {v["name"] for v in container.get("env", []) if v["name"].startswith("RIENTRO")}
            assert names <= SETTINGS | BOT_VARIABLES


def test_the_compose_file_is_valid() -> None:
    text = (DEPLOY / "compose" / "compose.yaml").read_text()
    content = yaml.safe_load(text)
    # Variables and merge keys (`<<`) are resolved before: Compose knows them, this reader does not.
    filled = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", re.sub(r"\$\{\w+:\?[^}]*\}", "prova", text))
    compose_spec.PyCompose.from_yaml(yaml.safe_dump(yaml.safe_load(filled))).validate()
    for name, service in content["services"].items():
        for variable in service.get("environment", {}):
            assert not variable.startswith("RIENTRO") or variable in SETTINGS | BOT_VARIABLES | {"RIENTRO_HOST"}, name
        if name not in ("postgres",):
            assert service["cap_drop"] == ["ALL"], name
    # The engine shares no network with the stores, and none of its own leads out.
    reached = content["services"]["bot"]["networks"]
    assert all(content["networks"][name]["internal"] for name in reached)
    assert "stores" not in reached and set(content["services"]["postgres"]["networks"]) == {"stores"}
    for value in re.findall(r"(?:PASSWORD|TOKEN): (.+)", text):
        assert value.startswith("${"), "a secret has a value"
    named = set(re.findall(r"\$\{(\w+)", text)) - {"RIENTRO_IMAGE_APP", "RIENTRO_IMAGE_BOT", "RIENTRO_MODE"}
    example = dict(
        line.split("=") for line in (DEPLOY / "compose" / "env.example").read_text().splitlines() if line[:1].isupper()
    )
    assert named == example.keys() and not any(example.values())


def test_docker_itself_reads_the_compose_file(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        pytest.skip("docker compose is not installed: compose_spec alone checked the file")
    example = (DEPLOY / "compose" / "env.example").read_text()
    (tmp_path / ".env").write_text(re.sub(r"=$", "=prova", example, flags=re.MULTILINE))
    words = [docker, "compose", "--env-file", str(tmp_path / ".env"), "-f", str(DEPLOY / "compose" / "compose.yaml")]
    done = subprocess.run([*words, "config", "--quiet"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_images_are_built_by_the_rules_of_the_trade() -> None:
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([program, DEPLOY / "Containerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_images_hold_no_secret_and_nobody_is_root() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    stages = re.split(r"^FROM ", text, flags=re.MULTILINE)[1:]
    final = {re.search(r"AS (\S+)", stage).group(1): stage for stage in stages}  # type: ignore[union-attr]
    for name in ("app", "bot"):
        assert re.search(r"^USER [1-9]\d+", final[name], re.MULTILINE), name
    assert not re.search(r"(TOKEN|PASSWORD|SECRET)\s*=", text)
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text().split()
    for name in (".git", ".rientro", "**/.env", ".venv", "tests"):
        assert name in ignored
    for copied in re.findall(r"^COPY ([\w./]+) ", final["bot-build"], re.MULTILINE):
        assert (DEPLOY.parent / copied).exists(), copied


def known_figures() -> set[str]:
    """Every name that a scrape of our processes may bring."""
    found = set()
    for registry in (metrics.REGISTRY, worker_metrics.REGISTRY, actions_server.REGISTRY):
        for names in registry._collector_to_names.values():
            found |= set(names)
    # The database is read when a worker runs.
    sessions = make_session_factory(make_engine("sqlite://"))
    for kind in Collector.__subclasses__():
        if kind.__module__ == worker_metrics.__name__:
            found |= {family.name for family in kind(sessions).describe()}
    return found


def figures_in(text: str) -> set[str]:
    return set(re.findall(r"\brientro_[a-z_]+", text))


def test_alerts_and_dashboard_ask_for_figures_that_exist() -> None:
    alerts = yaml.safe_load((DEPLOY / "observability" / "alerts.yaml").read_text())
    asked = figures_in(" ".join(rule["expr"] for group in alerts["groups"] for rule in group["rules"]))
    shown = figures_in((DEPLOY / "observability" / "dashboard.json").read_text())
    assert asked and shown and (asked | shown) <= known_figures()
    for group in alerts["groups"]:
        for rule in group["rules"]:
            assert {"summary", "description"} <= rule["annotations"].keys() and rule["labels"]["severity"]


def test_every_alert_is_in_the_operations_guide() -> None:
    alerts = yaml.safe_load((DEPLOY / "observability" / "alerts.yaml").read_text())
    guide = (DEPLOY.parent / "docs" / "operations.md").read_text()
    for group in alerts["groups"]:
        for rule in group["rules"]:
            assert f"`{rule['alert']}`" in guide


def test_the_dashboard_is_what_its_builder_makes() -> None:
    specification = importlib.util.spec_from_file_location("builder", DEPLOY / "observability" / "build_dashboard.py")
    assert specification and specification.loader
    builder = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(builder)
    kept = builder.FILE.read_text(encoding="utf-8")
    assert kept == builder.build()
    from grafana_foundation_sdk.models.dashboard import Dashboard

    read = Dashboard.from_json(json.loads(kept))
    assert read.title == "Rientro" and len(read.panels or []) > 15


@pytest.mark.parametrize(
    "words",
    [("check", "rules", "alerts.yaml"), ("check", "config", "prometheus.yaml"), ("test", "rules", "alerts_test.yaml")],
)
def test_prometheus_reads_the_rules_and_they_fire(words: tuple[str, ...]) -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (Debian: apt install prometheus): the rules were not tried")
    done = subprocess.run([program, *words], cwd=DEPLOY / "observability", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tried() -> None:
    alerts = yaml.safe_load((DEPLOY / "observability" / "alerts.yaml").read_text())
    tried = yaml.safe_load((DEPLOY / "observability" / "alerts_test.yaml").read_text())
    fired = {rule["alertname"] for test in tried["tests"] for rule in test["alert_rule_test"] if rule["exp_alerts"]}
    assert fired == {rule["alert"] for group in alerts["groups"] for rule in group["rules"]}
