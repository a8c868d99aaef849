/** Which versions of Python are in a set, and what the files say that name one. */
import { expect, test } from "vitest";
import { formatWanted, isVersionIn, parsePythonVersionFile, satisfies } from "./python-version.ts";

test.each([
  ["3.11.7", "3.11", true],
  ["3.11.7", "3.11.7", true],
  ["3.11.7", "3.11.6", false],
  ["3.1.1", "3.11", false],
  ["3.11.7", ">=3.9", true],
  ["3.8.18", ">=3.9", false],
  ["3.12.0", ">=3.9,<3.12", false],
  ["3.11.9", ">=3.9, <3.12", true],
  ["3.10.1", "==3.10.*", true],
  ["3.11.1", "==3.10.*", false],
  ["3.10.0", "!=3.10.*,>=3.8", false],
  ["3.10.4", "~=3.10", true],
  ["3.11.0", "~=3.10.2", false],
  ["3.10.9", "~=3.10.2", true],
  ["4.0.0", "~=3.10", false],
  ["3.12.1", "^3.9", true],
  ["4.0.0", "^3.9", false],
  ["3.9.18", "~3.9", true],
  ["3.10.0", "~3.9", false],
  ["3.8.1", "3.7 || 3.8", true],
  ["3.11.7", "*", true],
  ["3.11.7", "", true],
  ["3.11.7", ">3.11.7", false],
  ["3.11.7", "<=3.11.7", true],
  ["3.11.7", "three", false],
])("%s in %j: %s", (version, set, wanted) => expect(isVersionIn(version, set)).toBe(wanted));

test("all that ask have to be content", () => {
  const wanted = [
    { version: "3.9", origin: "FROM python:3.9" },
    { version: ">=3.10", origin: "requires-python in pyproject.toml" },
  ];
  expect(satisfies("3.9.18", wanted)).toBe(false);
  expect(formatWanted(wanted)).toBe(
    "Python 3.9 (FROM python:3.9) and Python >=3.10 (requires-python in pyproject.toml)",
  );
});

test.each([
  ["3.10\n", "3.10"],
  ["# why\n3.10.13\n3.9\n", "3.10.13"],
  ["cpython-3.12", "3.12"],
  ["python3.9", "3.9"],
  ["my-virtualenv", undefined],
  ["system", undefined],
])(".python-version of %j asks for %s", (text, wanted) => expect(parsePythonVersionFile(text)).toBe(wanted));
