"""What all tests share: where the real data lie, and how many examples hypothesis tries."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
REFERENCE_ROUNDS = int(os.environ.get("TRAGT_SOAK_ROUNDS", "300"))
ROUNDS = max(REFERENCE_ROUNDS // 5, 1)

settings.register_profile(
    "tragt",
    max_examples=ROUNDS,
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tragt")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every process begin with what takes long, so that at the end none waits for another."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("long") or item.get_closest_marker("soak")]
    begun_first = set(long)
    short = [item for item in items if item not in begun_first]
    for item in items:
        _let_use_all_databases(item)
    items[:] = [item for one in range(processes) for item in (*long[one::processes], *short[one::processes])]


def _let_use_all_databases(item: pytest.Item) -> None:
    """Let a test of the web use the inbox as well, which is a database of its own where databases are files."""
    marker = item.get_closest_marker("django_db")
    if marker is not None or "db" in getattr(item, "fixturenames", ()):
        given = dict(marker.kwargs) if marker else {}
        item.add_marker(pytest.mark.django_db(**{**given, "databases": "__all__"}), append=False)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; a test that asks for it is skipped where the folder is absent."""
    folder = Path(os.environ.get("TRAGT_SHARED", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data are not here (looked in {folder}; TRAGT_SHARED names another folder)")
    return folder
