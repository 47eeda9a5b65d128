"""Stub."""

import sys


class Console:
    def print(self, text):
        sys.stderr.write(text + "\n")

    def prompt(self, q):
        return ""

    def countdown(self, s, r):
        pass

    def tty_problem(self):
        return "no"
