"""`python -m tfe_conformance` is the command `tfe-conformance`."""

import runpy
from pathlib import Path

HERE = Path(__file__).resolve().parent
# In a wheel the folders of the suite are below this one, in a checkout they are beside it.
ROOT = HERE if (HERE / "conformance").is_dir() else HERE.parent

if __name__ == "__main__":
    runpy.run_path(str(ROOT / "conformance" / "runner" / "__main__.py"), run_name="__main__")
