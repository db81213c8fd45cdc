#!/usr/bin/env python3
"""Prints the licences of everything that is in the program: of the project, of its icons, and of each
crate that it is linked with, as their authors wrote them. Tests and build scripts are in no program.

Usage: packaging/licences.py TRIPLE > target/packaging/licences.txt
"""

import json
import os
import subprocess
import sys

BEGINS = ("LICEN", "COPY", "UNLIC", "NOTICE")


def shipped(metadata):
    """The packages that the program is linked with, ours first."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    found, waiting = set(), [root]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            for dep in nodes[node]["deps"]:
                # A kind of None is an ordinary dependency.
                if any(kind["kind"] is None for kind in dep["dep_kinds"]):
                    waiting.append(dep["pkg"])
    packages = [package for package in metadata["packages"] if package["id"] in found]
    return sorted(packages, key=lambda package: (package["id"] != root, package["name"], package["version"]))


def main():
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", sys.argv[1]]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    printed = {}
    for package in shipped(metadata):
        name = f"{package['name']} {package['version']}"
        print("=" * 78)
        print(f"{name}: {package['license']}")
        print("=" * 78)
        directory = os.path.dirname(package["manifest_path"])
        files = sorted(file for file in os.listdir(directory) if file.upper().startswith(BEGINS))
        if not files:
            sys.exit(f"{name} has no file with its licence")
        for file in files:
            path = os.path.join(directory, file)
            if not os.path.isfile(path):
                continue
            with open(path, encoding="utf-8") as opened:
                text = opened.read().strip()
            # Dozens have the same text of the Apache License.
            if text in printed:
                print(f"\n{file}: the same as {printed[text]}\n")
            else:
                printed[text] = f"{file} of {name}"
                print(f"\n{file}:\n\n{text}\n")
    print("=" * 78)
    print("SQLite, which is compiled into the program, is in the public domain.")
    print("The standard library of Rust: MIT OR Apache-2.0, copyright (c) The Rust Project contributors.")
    print("musl, in static programs: MIT, copyright (c) 2005-2020 Rich Felker, et al.")


main()
