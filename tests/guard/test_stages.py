"""Every test has one stage, and those that share something expensive share a worker."""

from __future__ import annotations

import pytest

from tests.stages import RUNNING, STAGES, group_of, stage_of


def test_each_test_has_one_stage_and_what_is_expensive_one_worker(request: pytest.FixtureRequest) -> None:
    for item in request.session.items:
        assert {mark.name for mark in item.iter_markers() if mark.name in STAGES} == {stage_of(item)}, item.nodeid
        used = set(getattr(item, "fixturenames", ()))
        groups = [mark.args[0] for mark in item.iter_markers("xdist_group")]
        assert groups == ([group] if (group := group_of(item)) else []), item.nodeid
        if used & set(RUNNING):
            assert stage_of(item) == "whole" and groups[0] in RUNNING, item.nodeid


@pytest.fixture
def topology() -> None:
    """Nothing: only a name that stands for something expensive."""


@pytest.fixture
def upon_it(topology: None) -> None:
    """A fixture that uses it."""


def test_what_is_used_through_another_fixture_counts(request: pytest.FixtureRequest, upon_it: None) -> None:
    assert stage_of(request.node) == "whole"
    assert group_of(request.node) == "topology"


@pytest.mark.long
def test_long_ones_are_not_quick(request: pytest.FixtureRequest) -> None:
    assert stage_of(request.node) == "whole"


def test_this_one_is_quick_and_may_run_anywhere(request: pytest.FixtureRequest) -> None:
    assert stage_of(request.node) == "quick"
    assert group_of(request.node) is None
