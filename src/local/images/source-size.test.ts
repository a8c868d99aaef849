/** What is said of a source that is too large. */
import { expect, test } from "vitest";
import { explainSize, type SizedFile, sourceLimit } from "./source-size.ts";

const mib = 1024 * 1024;
const files = (sizes: Readonly<Record<string, number>>): readonly SizedFile[] =>
  Object.entries(sizes).map(([path, size]) => ({ path, bytes: size * mib }));

test("within the limit nothing is said", () => {
  expect(explainSize("/s", files({ "a.py": 1, "data/x": 511 }), 512 * mib)).toBeUndefined();
});

test.each<[string, Readonly<Record<string, number>>, RegExp]>([
  [
    "many small files of one folder count together",
    { ...Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`data/part-${at}.bin`, 1])), "model.pt": 90 },
    /has 690 MiB, more than the limit of 512 MiB .* most of it is in data\/ \(600 MiB\), model\.pt \(90 MiB\):/,
  ],
  [
    "one large file is named with its folder",
    { "runs/1/model.ckpt": 600, "runs/1/log": 1, "main.py": 0 },
    /most of it is in runs\/ \(601 MiB\); its largest file is runs\/1\/model\.ckpt \(600 MiB\)/,
  ],
  ["what hardly counts is not blamed", { "a/x": 900, "b/y": 1, "main.py": 1 }, /most of it is in a\/ \(900 MiB\);/],
])("%s", (_name, sizes, wanted) => {
  const said = explainSize("/s", files(sizes), 512 * mib);
  expect(said).toMatch(wanted);
  expect(said).toContain("WINDLASS_SOURCE_LIMIT=2Gi");
});

test.each([
  [undefined, 512 * mib],
  ["2Gi", 2048 * mib],
  ["much", 512 * mib],
])("a limit of %s is %d bytes", (text, wanted) => expect(sourceLimit(text)).toBe(wanted));
