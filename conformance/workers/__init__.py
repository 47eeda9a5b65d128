"""A run in several processes, each of which asks with an account of its own; pytest-xdist starts them."""

from conformance.workers.begin import CREW, WORKER, begin
from conformance.workers.shares import is_worker

__all__ = ["CREW", "WORKER", "begin", "is_worker"]
