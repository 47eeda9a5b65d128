"""What was found: verdicts, waivers, evidence; HTML, JSON, JUnit, Markdown, and the lines at the end of a run."""
