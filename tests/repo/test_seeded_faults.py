"""The faults that are sown into the engine still fit it."""

import pytest

from tools.seeded_faults import ENGINE, FAULTS, ROOT, Fault, sown


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.module}: {fault.wrong}")
def test_fault_stands_in_the_source_once(fault: Fault) -> None:
    source = (ROOT / ENGINE / f"{fault.module}.py").read_text(encoding="utf-8")

    assert sown(fault, source) != source
