"""The manifests in docs/deploy are valid for Kubernetes and agree with the guide."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from orchestration.settings import PROJECT_DIR, load_settings

pytest.importorskip(
    "kubernetes_validate", reason="no schemas: `make extra-tests` installs them; these tests are SKIPPED"
)

import kubernetes_validate

FOLDER = PROJECT_DIR / "docs" / "deploy" / "kubernetes"


def load(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")))


def check(resource: dict[str, Any]) -> None:
    kubernetes_validate.validate(resource, kubernetes_validate.latest_version(), strict=True)


def test_the_pod_with_its_volume_and_walls_is_valid() -> None:
    kinds = []
    for resource in load("fazhi.yaml"):
        check(resource)
        kinds.append(resource["kind"])
    assert kinds == ["Service", "StatefulSet", "NetworkPolicy"]


def test_pods_and_service_of_the_dask_cluster_are_valid() -> None:
    """The operator's own kind has no schema here, but the service and pods that it creates have one."""
    (cluster,) = load("dask-cluster.yaml")
    assert (cluster["apiVersion"], cluster["kind"]) == ("kubernetes.dask.org/v1", "DaskCluster")
    assert set(cluster["spec"]) == {"worker", "scheduler"}
    assert set(cluster["spec"]["worker"]) == {"replicas", "spec"}
    assert set(cluster["spec"]["scheduler"]) == {"spec", "service"}
    for part in ("worker", "scheduler"):
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": part},
            "spec": cluster["spec"][part]["spec"],
        }
        check(pod)
        pod["spec"]["containers"][0]["imag"] = "a misspelt key"
        with pytest.raises(kubernetes_validate.ValidationError):
            check(pod)
    service = cluster["spec"]["scheduler"]["service"]
    check({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": service})


def test_the_pod_writes_alone_and_names_the_scheduler_of_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    pod = next(resource for resource in load("fazhi.yaml") if resource["kind"] == "StatefulSet")
    (cluster,) = load("dask-cluster.yaml")
    assert pod["spec"]["replicas"] == 1
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    for variable in container["env"]:
        monkeypatch.setenv(variable["name"], variable["value"])
    settings = load_settings()
    assert settings.scheduler == f"tcp://{cluster['metadata']['name']}-scheduler:8786"
    assert settings.reports == "s3://fazhi/reports"
    workers = cluster["spec"]["worker"]["spec"]["containers"][0]
    assert workers["image"] == container["image"], "one image: the same versions"
    assert "--no-nanny" in workers["args"]
