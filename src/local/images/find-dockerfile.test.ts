import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BuilderFields, findDockerfile, readSourceDockerfile } from "./find-dockerfile.ts";

let source: string;
beforeEach(() => {
  source = mkdtempSync(join(tmpdir(), "find-"));
  const files = {
    Dockerfile: "FROM a",
    "team/build/Dockerfile": "FROM b",
    "docker/gpu.Dockerfile": "FROM c\nWORKDI /x",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(source, dirname(name)), { recursive: true });
    writeFileSync(join(source, name), text);
  }
});
afterEach(() => rmSync(source, { recursive: true, force: true }));

test.each<[sentence: string, builder: BuilderFields, wanted: string | undefined]>([
  ["none is named", {}, "Dockerfile"],
  ["relative to the context", { context: "team", dockerfile: "./build/Dockerfile" }, "team/build/Dockerfile"],
  ["relative to the source", { context: "team", dockerfile: "docker/gpu.Dockerfile" }, "docker/gpu.Dockerfile"],
  ["none is named, and none is in the context, but in the source", { context: "team" }, "Dockerfile"],
])("%s", (_, builder, wanted) => expect(findDockerfile(source, builder)).toBe(wanted));

test("none is named and there is none", () => {
  rmSync(join(source, "Dockerfile"));
  expect(findDockerfile(source, {})).toBeUndefined();
});

test.each<[builder: BuilderFields, wanted: object]>([
  [
    { dockerfile: "Dokcerfile" },
    { message: expect.stringContaining("builder.dockerfile Dokcerfile"), near: "Dockerfile" },
  ],
  [{ context: "taem" }, { message: expect.stringContaining("builder.context taem: no such folder") }],
])("what is named and is not there: %j", (builder, wanted) =>
  expect(() => findDockerfile(source, builder)).toThrow(expect.objectContaining(wanted)),
);

test("what Docker would refuse is named with its line", () =>
  expect(readSourceDockerfile(source, { dockerfile: "docker/gpu.Dockerfile" })).rejects.toThrow(
    "docker/gpu.Dockerfile:2: unknown instruction WORKDI; did you mean WORKDIR?",
  ));
