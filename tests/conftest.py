"""What all tests share: where the real data lie, and how many examples hypothesis tries."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = int(os.environ.get("TRAGT_SOAK_ROUNDS", "100"))
REFERENCE_ROUNDS = int(os.environ.get("TRAGT_SOAK_ROUNDS", "300"))

settings.register_profile(
    "tragt",
    max_examples=ROUNDS,
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tragt")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; a test that asks for it is skipped where the folder is absent."""
    folder = Path(os.environ.get("TRAGT_SHARED", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data are not here (looked in {folder}; TRAGT_SHARED names another folder)")
    return folder
