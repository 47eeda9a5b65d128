"""The result of a run: verdicts, causes and evidence, and the files and lines that show them."""
