"""Runs the graph of a model node after node.

Rasa's own runner plans the graph anew for each prediction, of which a turn has several, and hands it to dask's
scheduler; for our half dozen nodes that costs more than most of them.
"""

from __future__ import annotations

from typing import Any

import rasa.core.processor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner

Plan = tuple[tuple[str, GraphNode, tuple[str, ...]], ...]


class InOrderRunner(DaskGraphRunner):
    """Rasa's runner with the order of the nodes found once for each set of targets."""

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """As Rasa's.

        :param inputs: values of the placeholders.
        :param targets: the nodes whose output is wanted, by default those of the model.
        :raises GraphRunError: an input has the name of a node, or a node's input is missing.
        """
        wanted = tuple(targets or self._graph_schema.target_names)
        outputs: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        if taken := outputs.keys() & self._instantiated_nodes.keys():
            raise GraphRunError(f"inputs named as nodes: {sorted(taken)}")
        for name, node, needs in self._plan(wanted):
            outputs[name] = node(*(outputs.get(need, need) for need in needs))
        return {name: outputs[name][1] for name in wanted}

    def _plan(self, targets: tuple[str, ...]) -> Plan:
        plans: dict[tuple[str, ...], Plan] = self.__dict__.setdefault("_plans", {})
        if targets not in plans:
            ordered: dict[str, tuple[str, GraphNode, tuple[str, ...]]] = {}
            for target in targets:
                self._add(target, ordered)
            plans[targets] = tuple(ordered.values())
        return plans[targets]

    def _add(self, name: str, ordered: dict[str, tuple[str, GraphNode, tuple[str, ...]]]) -> None:
        """Put a node after all that it needs; a placeholder is no node."""
        if name in ordered or name not in self._graph_schema.nodes:
            return
        needs = tuple(self._graph_schema.nodes[name].needs.values())
        for need in needs:
            self._add(need, ordered)
        ordered[name] = (name, self._instantiated_nodes[name], needs)


def install() -> None:
    """Make Rasa's processor load models into this runner."""
    rasa.core.processor.DaskGraphRunner = InOrderRunner
