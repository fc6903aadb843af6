"""What is made when the wheel is built: the compiled catalogues of the languages."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent


class Catalogues(BuildHookInterface[Any]):
    """Compiles every catalogue, for the wheel and for the installed checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile before the files are gathered."""
        sys.path.insert(0, str(ROOT))
        from tools.catalogues import compile_all

        compile_all(ROOT / "src" / "tragt" / "web" / "locale")
        build_data["artifacts"].append("src/tragt/web/locale/**/*.mo")
