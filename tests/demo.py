"""A red report in ten seconds: the suite against the reference server with a fault. `make demo` runs it."""

from __future__ import annotations

import os
import subprocess
import sys

from reference.server import serving
from tests.faults import FAULTS
from tests.suite import ROOT, VIOLATED

FAULT, CODE, REPORT = "enable-type-unchecked", "123456", ROOT / "reports" / "latest"


def main() -> int:
    """Run it; 0 if the fault was found."""
    fault = FAULTS[FAULT]
    with serving(fault.service(code=CODE)) as server:
        print(f"The reference server at {server.base_url}, with a fault: {fault.sentence}\n", flush=True)
        arguments = ["check", f"--base-url={server.base_url}", f"--code-source=static:{CODE}", f"--report-dir={REPORT}"]
        program = [sys.executable, str(ROOT / "tfe_conformance" / "__main__.py")]
        done = subprocess.run([*program, *arguments], check=False, env=os.environ | {"TFE_TOKEN": server.token})
    return 0 if done.returncode == VIOLATED else 1


if __name__ == "__main__":
    sys.exit(main())
