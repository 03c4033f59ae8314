"""Write the Grafana dashboard: ``python deploy/observability/build_dashboard.py`` (needs the dev packages).

The file ``dashboard.json`` beside this one is what Grafana imports; this is where it is changed.
"""

from __future__ import annotations

from pathlib import Path

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

FILE = Path(__file__).with_name("dashboard.json")
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
RATE = "[$__rate_interval]"


def quantile(share: float, metric: str, by: str = "") -> str:
    """The expression of a quantile of a histogram over all processes."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum(rate({metric}_bucket{RATE})) by ({labels}))"


# Title, unit, and (expression, legend) of each graph, row by row.
ROWS: list[tuple[str, list[tuple[str, str, list[tuple[str, str]]]]]] = [
    (
        "Le persone",
        [
            (
                "Turni al secondo",
                "ops",
                [(f"sum(rate(rientro_turn_seconds_count{RATE})) by (kind)", "{{kind}}")],
            ),
            (
                "Durata di un turno",
                "s",
                [
                    (quantile(0.5, "rientro_turn_seconds"), "mediana"),
                    (quantile(0.95, "rientro_turn_seconds"), "95 su 100"),
                    (quantile(0.95, "rientro_turn_seconds", "kind"), "95 su 100, {{kind}}"),
                ],
            ),
            (
                "Conversazioni iniziate all'ora",
                "short",
                [("sum(increase(rientro_conversations_opened_total[1h])) by (role)", "{{role}}")],
            ),
            (
                "Scuse al minuto",
                "short",
                [("60 * sum(rate(rientro_bot_failures_total[5m])) by (reason)", "{{reason}}")],
            ),
            ("In attesa dello sportello", "short", [("max(rientro_hotline_waiting)", "persone")]),
            ("Pagine aperte sulla chat", "short", [("sum(rientro_event_streams)", "schede")]),
        ],
    ),
    (
        "Le parti",
        [
            ("Risposte per esito", "reqps", [(f"sum(rate(rientro_requests_total{RATE})) by (status)", "{{status}}")]),
            (
                "Le route più lente (95 su 100)",
                "s",
                [(f"topk(8, {quantile(0.95, 'rientro_request_seconds', 'route')})", "{{route}}")],
            ),
            (
                "Motore di dialogo",
                "s",
                [
                    (quantile(0.95, "rientro_engine_seconds"), "turno, 95 su 100"),
                    (quantile(0.95, "rientro_understanding_seconds"), "comprensione, 95 su 100"),
                ],
            ),
            (
                "Azioni",
                "s",
                [(quantile(0.95, "rientro_action_seconds", "action"), "{{action}}")],
            ),
            (
                "Azioni fallite al minuto",
                "short",
                [("60 * sum(rate(rientro_action_failures_total[5m])) by (action)", "{{action}}")],
            ),
        ],
    ),
    (
        "Le consegne",
        [
            ("Messaggi da consegnare", "short", [("max(rientro_outbox_messages) by (state)", "{{state}}")]),
            ("Età del più vecchio", "s", [("max(rientro_outbox_oldest_seconds) by (state)", "{{state}}")]),
            (
                "Consegne al minuto",
                "short",
                [("60 * sum(rate(rientro_deliveries_total[5m])) by (channel, outcome)", "{{channel}} {{outcome}}")],
            ),
            (
                "Giri non riusciti sulla posta in uscita",
                "short",
                [("sum(increase(rientro_outbox_round_failures_total[1h]))", "all'ora")],
            ),
            (
                "Da quanto non riesce ogni lavoro periodico",
                "s",
                [("time() - max(rientro_job_last_success_timestamp_seconds) by (job)", "{{job}}")],
            ),
            ("Lavori falliti", "short", [("sum(increase(rientro_job_failures_total[1h])) by (job)", "{{job}}")]),
        ],
    ),
]
STATS = [
    ("95 turni su 100 entro", "s", quantile(0.95, "rientro_turn_seconds")),
    (
        "Errori su 100 richieste",
        "percent",
        '100 * sum(rate(rientro_requests_total{status=~"5.."}[5m])) / sum(rate(rientro_requests_total[5m]))',
    ),
    ("Messaggi abbandonati", "short", 'max(rientro_outbox_messages{state="fallito"})'),
    ("In coda allo sportello", "short", "max(rientro_hotline_waiting)"),
]


def build() -> str:
    """The dashboard as JSON."""
    made = (
        dashboard.Dashboard("Rientro")
        .uid("rientro")
        .tags(["rientro"])
        .refresh("30s")
        .time("now-6h", "now")
        .timezone("browser")
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    for title, unit, expression in STATS:
        query = prometheus.Dataquery().expr(expression).instant().ref_id("A")
        made = made.with_panel(
            stat.Panel().title(title).unit(unit).datasource(SOURCE).height(4).span(6).with_target(query)
        )
    for row, graphs in ROWS:
        made = made.with_row(dashboard.Row(row))
        for title, unit, expressions in graphs:
            panel = timeseries.Panel().title(title).unit(unit).datasource(SOURCE).height(8).span(8).min(0)
            for number, (expression, legend) in enumerate(expressions):
                query = prometheus.Dataquery().expr(expression).legend_format(legend).ref_id("ABCD"[number])
                panel = panel.with_target(query)
            made = made.with_panel(panel)
    return str(JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(made.build())) + "\n"


if __name__ == "__main__":
    FILE.write_text(build(), encoding="utf-8")
