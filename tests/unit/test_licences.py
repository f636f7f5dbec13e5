"""The licence check finds packages that must not be in a lock file."""

from __future__ import annotations

import pytest

from tests.supply.check_licences import find_faults, judge_licence, locked_names


@pytest.mark.parametrize(
    "licence",
    ["MIT", "BSD-3-Clause", "Apache-2.0 OR BSD-2-Clause", "MIT; MIT License", "MPL-2.0 AND MIT", "PSF-2.0"],
)
def test_free_licences_pass(licence: str) -> None:
    assert judge_licence(licence) is None


@pytest.mark.parametrize(
    "licence",
    [
        "GPL-3.0-or-later",
        "AGPLv3",
        "LGPL",
        "GNU Affero General Public License v3",
        "GNU Library or Lesser General Public License (LGPL)",
        "MIT OR GPL-2.0-only",  # a choice needs a reason too
        "",
        "Proprietary",
    ],
)
def test_copyleft_and_unknown_licences_need_a_reason(licence: str) -> None:
    assert judge_licence(licence) is not None
    assert find_faults({"package": licence}, {"package": "the reason"}) == []
    assert len(find_faults({"package": licence}, {"package": " "})) == 1


def test_an_exception_that_is_not_needed_is_a_fault() -> None:
    assert find_faults({"a": "MIT"}, {"a": "once", "gone": "once"}) == [
        "a: this exception is not needed",
        "gone: this exception is not needed",
    ]


def test_names_of_a_lock_file_are_found_with_extras_and_markers() -> None:
    lock = 'uvicorn[standard]==0.54.0 \\\n    --hash=sha256:aa\nTyping_Extensions==4.1 ; python_version < "3.12" \\\n'
    assert locked_names(lock) == ["uvicorn", "typing-extensions"]
