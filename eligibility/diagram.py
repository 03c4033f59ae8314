"""Decision diagrams: functions of the facts' classes, each stored once in its smallest form.

A node asks one variable (a fact) and has a child for each of its classes; a leaf holds a value. Nodes
with equal children never exist and equal nodes are the same node (they are hash-consed), so that two
functions are equal exactly when their numbers are equal, and a function depends on a variable exactly
when the variable stands in its diagram. That is what makes the engine's "unknown" exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from eligibility.expressions import All, AnyOf, Const, Expression, Not, Test

MIXED = "?"  # the leaf of a function that would have different values for different answers
LEAF = 1 << 30  # the variable of a leaf: after every real one


class Diagrams:
    """A store of nodes over variables 0..n-1, asked in that order.

    ``sizes``: number of classes of each variable.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self.variable: list[int] = []
        self.children: list[tuple[int, ...]] = []
        self.value: list[Any] = []
        self._leaves: dict[Any, int] = {}
        self._nodes: dict[tuple[int, tuple[int, ...]], int] = {}
        self._restricted: dict[tuple[int, int, int], int] = {}
        self._forgotten: dict[tuple[int, int], int] = {}
        self._joined: dict[tuple[int, ...], int] = {}
        self._supports: dict[int, frozenset[int]] = {}
        # Nodes are made while people are read, and a server reads several at once. Without the lock two
        # threads could make the same node twice, and equal functions would no longer be the same number.
        self._making = Lock()

    def leaf(self, value: Any) -> int:
        """The constant function of this value."""
        node = self._leaves.get(value)
        if node is None:
            with self._making:
                node = self._leaves.get(value)
                if node is None:
                    node = self._leaves[value] = self._add(LEAF, (), value)
        return node

    def node(self, variable: int, children: Sequence[int]) -> int:
        """The function that asks ``variable`` and goes on with the child of its class."""
        first = children[0]
        if all(child == first for child in children):
            return first
        key = (variable, tuple(children))
        node = self._nodes.get(key)
        if node is None:
            with self._making:
                node = self._nodes.get(key)
                if node is None:
                    node = self._nodes[key] = self._add(variable, key[1], None)
        return node

    def _add(self, variable: int, children: tuple[int, ...], value: Any) -> int:
        self.variable.append(variable)
        self.children.append(children)
        self.value.append(value)
        return len(self.variable) - 1

    def is_leaf(self, node: int) -> bool:
        """Is the function constant?"""
        return self.variable[node] == LEAF

    def combine(self, operation: Callable[..., Any], *nodes: int) -> int:
        """The function ``operation(values of the given functions)``."""
        memo: dict[tuple[int, ...], int] = {}

        def walk(group: tuple[int, ...]) -> int:
            if (known := memo.get(group)) is not None:
                return known
            top = min(self.variable[node] for node in group)
            if top == LEAF:
                result = self.leaf(operation(*(self.value[node] for node in group)))
            else:
                result = self.node(
                    top,
                    [walk(tuple(self._child(node, top, code) for node in group)) for code in range(self.sizes[top])],
                )
            memo[group] = result
            return result

        return walk(nodes)

    def _child(self, node: int, variable: int, code: int) -> int:
        return self.children[node][code] if self.variable[node] == variable else node

    def restrict(self, node: int, variable: int, code: int) -> int:
        """The function once the variable is known to be in class ``code``."""
        at = self.variable[node]
        if at == variable:
            return self.children[node][code]
        if at > variable:
            return node
        key = (node, variable, code)
        result = self._restricted.get(key)
        if result is None:
            result = self.node(at, [self.restrict(child, variable, code) for child in self.children[node]])
            self._restricted[key] = result
        return result

    def forget(self, node: int, variable: int) -> int:
        """The function when the variable will never be known: MIXED where its classes disagree."""
        at = self.variable[node]
        if at == variable:
            return self._join(self.children[node])
        if at > variable:
            return node
        key = (node, variable)
        result = self._forgotten.get(key)
        if result is None:
            result = self.node(at, [self.forget(child, variable) for child in self.children[node]])
            self._forgotten[key] = result
        return result

    def _join(self, nodes: Sequence[int]) -> int:
        group = tuple(sorted(set(nodes)))
        if len(group) == 1:
            return group[0]
        result = self._joined.get(group)
        if result is None:
            top = min(self.variable[node] for node in group)
            if top == LEAF:
                result = self.leaf(MIXED)  # different leaves, or one of them already mixed
            else:
                result = self.node(
                    top,
                    [self._join([self._child(node, top, code) for node in group]) for code in range(self.sizes[top])],
                )
            self._joined[group] = result
        return result

    def support(self, node: int) -> frozenset[int]:
        """The variables the function depends on."""
        found = self._supports.get(node)
        if found is None:
            found = frozenset().union(*(self.support(child) for child in self.children[node]))
            if not self.is_leaf(node):
                found |= {self.variable[node]}
            self._supports[node] = found
        return found

    def reachable(self, root: int) -> list[int]:
        """Every node of the function, each once, the root first."""
        seen = {root: None}
        stack = [root]
        while stack:
            for child in self.children[stack.pop()]:
                if child not in seen:
                    seen[child] = None
                    stack.append(child)
        return list(seen)

    def compile(self, expression: Expression, test: Callable[[Test], tuple[int, Sequence[bool]]]) -> int:
        """The diagram of a condition, with leaves True and False.

        ``test`` gives, for a comparison, its variable and whether it holds in each class.
        """
        match expression:
            case Const(value):
                return self.leaf(value)
            case Test():
                variable, truths = test(expression)
                return self.node(variable, [self.leaf(truth) for truth in truths])
            case Not(part):
                return self.combine(lambda value: not value, self.compile(part, test))
            case All(parts):
                return self._fold(parts, test, True, lambda a, b: a and b)
            case AnyOf(parts):
                return self._fold(parts, test, False, lambda a, b: a or b)
        raise TypeError(f"not an expression: {expression!r}")

    def _fold(self, parts: Sequence[Expression], test: Any, start: bool, operation: Callable[..., Any]) -> int:
        result = self.leaf(start)
        for part in parts:
            result = self.combine(operation, result, self.compile(part, test))
        return result
