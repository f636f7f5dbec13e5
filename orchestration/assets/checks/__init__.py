"""All checks of the raw tables and of publishing, by stage: SQL that finds offending rows.

Tests of the models are in the dbt project. Add a check to the list of its stage, and a row that
offends it to `tests/graph/test_checks.py`.
"""

from orchestration.assets.checks import corrections, extract, ingest, publish, segment
from orchestration.assets.checks.common import RowsCheck
from orchestration.versions import EXTRACT, INGEST, SEGMENT

CHECKS: dict[str, list[RowsCheck]] = {
    INGEST.name: ingest.CHECKS,
    SEGMENT.name: segment.CHECKS,
    EXTRACT.name: extract.CHECKS,
    "corrections": corrections.CHECKS,  # apart: they come after the checks that those of extract wait for
    "publish": publish.CHECKS,
}
