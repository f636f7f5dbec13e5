"""All checks of the raw tables and of publishing, by stage: SQL that finds offending rows.

Tests of the models are in the dbt project. To add a check, add it to the list of its stage, and an offending
row to `tests/graph/test_checks.py`.
"""

from orchestration.assets.checks import corrections, extract, ingest, publish, segment
from orchestration.assets.checks.common import RowsCheck
from orchestration.pipeline.versions import EXTRACT, INGEST, SEGMENT

CHECKS: dict[str, list[RowsCheck]] = {
    INGEST.name: ingest.CHECKS,
    SEGMENT.name: segment.CHECKS,
    EXTRACT.name: extract.CHECKS,
    "corrections": corrections.CHECKS,  # separate, because they run after the checks that those of extract depend on
    "publish": publish.CHECKS,
}
