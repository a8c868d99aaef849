import { describe, expect, test } from "vitest";
import { parseMounts } from "./mounts.ts";

const mount = (hostPath: string, mountPoint: string, readOnly = true) => ({ hostPath, mountPoint, readOnly });

describe("--mount", () => {
  test.each([
    ["/data/a:/in", mount("/data/a", "/in")],
    ["/data/a:/in/", mount("/data/a", "/in")],
    ["/data/a:/in:ro", mount("/data/a", "/in")],
    ["/data/a:/in:rw", mount("/data/a", "/in", false)],
    ["/data/a", mount("/data/a", "/data/a")],
    ["a/b:/in", mount("/home/ada/a/b", "/in")],
    ["../b", mount("/home/b", "/home/b")],
  ])("%s", (given, wanted) => expect(parseMounts([given], "/home/ada")).toEqual([wanted]));

  test.each([
    [":/in", "expected FOLDER:PATH"],
    ["/a:/b:rw:x", "expected FOLDER:PATH"],
    ["/a:/b:write", 'expected ro or rw, not "write"'],
    ["/a:b", '"b" is not an absolute path'],
    ["/a:/", '"/" is not an absolute path'],
    ["/a:/b/../c", '"/b/../c" is not an absolute path'],
  ])("%s is refused", (given, reason) =>
    expect(() => parseMounts([given], "/")).toThrow(`--mount ${given}: ${reason}`),
  );

  test("two folders at one path are refused", () =>
    expect(() => parseMounts(["/a:/in", "/b:/in/"], "/")).toThrow("--mount /b:/in/: /in is already mounted"));
});
