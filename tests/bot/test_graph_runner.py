"""Our runner gives what Rasa's own gives, on graphs of any shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.graph_runner import InOrderRunner

MOST_NODES = 6


class Gather(GraphComponent):
    """Writes down what reached it; a real component of a graph."""

    def __init__(self, own: str) -> None:
        self._own = own

    @classmethod
    def create(cls, config: dict[str, Any], **_: Any) -> Gather:
        return cls(config["own"])

    def run(self, a: str = "", b: str = "", c: str = "", d: str = "", e: str = "", f: str = "", given: str = "") -> str:
        return f"{self._own}({a}{b}{c}{d}{e}{f}{given})"


def graph(needs: list[set[int]]) -> GraphSchema:
    """A graph whose node `i` needs the earlier nodes ``needs[i]``; the first needs the placeholder."""
    nodes = {}
    for number, earlier in enumerate(needs):
        inputs = {"abcdef"[other]: f"node{other}" for other in sorted(earlier) if other < number}
        nodes[f"node{number}"] = SchemaNode(
            needs=inputs or {"given": "placeholder"},
            uses=Gather,
            constructor_name="create",
            fn="run",
            config={"own": f"n{number}"},
            eager=True,
            is_target=number == len(needs) - 1,
        )
    return GraphSchema(nodes)


def runners(schema: GraphSchema, folder: Any) -> tuple[DaskGraphRunner, InOrderRunner]:
    storage = LocalModelStorage(folder)
    context = ExecutionContext(schema, "model")
    return tuple(kind.create(schema, storage, context) for kind in (DaskGraphRunner, InOrderRunner))


@given(
    needs=st.lists(st.sets(st.integers(0, MOST_NODES - 1)), min_size=1, max_size=MOST_NODES),
    wanted=st.sets(st.integers(0, MOST_NODES - 1), min_size=1),
)
def test_same_outputs(tmp_path_factory: pytest.TempPathFactory, needs: list[set[int]], wanted: set[int]) -> None:
    own, ours = runners(graph(needs), tmp_path_factory.mktemp("storage"))
    targets = [f"node{number}" for number in sorted(wanted) if number < len(needs)] or None
    for given_value in ("x", "y"):
        inputs = {"placeholder": given_value}
        assert ours.run(inputs, targets) == own.run(inputs, targets)


def test_an_input_named_as_a_node_is_refused(tmp_path: Any) -> None:
    for runner in runners(graph([set(), {0}]), tmp_path):
        with pytest.raises(GraphRunError):
            runner.run({"node0": "node1"})
