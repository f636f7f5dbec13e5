"""What a run needs: dbt's manifest after a change of the project."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from orchestration.assets.checks.results import describe_dbt_test
from orchestration.deployment.preparation import prepare
from orchestration.settings import PROJECT_DIR, Settings

TEST = "every_loaded_report_has_sections"


class OwnProject(Settings):
    """Settings of an installation with its own dbt project, which a test can change."""

    @property
    def dbt_project(self) -> Path:
        return self.data.parent / "dbt_project"


def test_a_changed_test_keeps_its_meaning_in_both_languages(tmp_path: Path) -> None:
    settings = OwnProject(
        reports=tmp_path / "reports",
        data=tmp_path / "data",
        workers=1,
        lock_wait_seconds=5,
        alert_webhook=None,
    )
    shutil.copytree(PROJECT_DIR / "dbt_project", settings.dbt_project)
    prepare(settings)
    with (settings.dbt_project / "tests" / f"{TEST}.sql").open("a", encoding="utf-8") as sql:
        sql.write("\n-- changed, as by a new version")
    prepare(settings)
    nodes = json.loads(settings.manifest.read_text(encoding="utf-8"))["nodes"]
    (node,) = [one for one in nodes.values() if one["name"] == TEST]
    assert "changed, as by a new version" in node["raw_code"]
    assert tuple(describe_dbt_test(node)) == ("Each current report has an outline.", "每份现行报告都有提纲。")
