import { expect, test } from "vitest";
import { describeNotices } from "./dockerfile/describe-notices.ts";
import { installedPackages } from "./system-packages.ts";

const status = `Package: wget
Status: install ok installed
Version: 1

Package: gone
Status: deinstall ok config-files

Package: gcc-12
Status: install ok installed
Provides: c-compiler, gcc (= 12)
`;

test("packages that are installed or provided, by dpkg's list", () =>
  expect([...installedPackages(status)]).toEqual(["wget", "gcc-12", "c-compiler", "gcc"]));

test.each([
  [["wget", "gcc"], "line 3: system packages: wget, gcc on this machine"],
  [["wget", "libgl1"], "line 3: system packages: wget on this machine; libgl1 missing here"],
  [["libgl1"], "line 3: system packages: libgl1 missing here"],
])("of %j it is said whether they are here", (packages, wanted) => {
  const installed = installedPackages(status);
  expect(describeNotices([{ kind: "packages", line: 3, packages }], (name) => installed.has(name))).toEqual([wanted]);
});

test("what belongs to no line of the Dockerfile is the manifest's", () =>
  expect(
    describeNotices([{ kind: "line", line: 0, text: "builder.buildArgs.X", reason: "no ARG uses it" }], () => true),
  ).toEqual(["manifest: builder.buildArgs.X: no ARG uses it"]));
