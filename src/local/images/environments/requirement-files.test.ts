/** Where an installer's arguments lead. */
import { expect, test } from "vitest";
import { findIncluded, type SourceReader } from "./requirement-files.ts";

const reader = (files: Readonly<Record<string, string>>, folders: readonly string[] = []): SourceReader => ({
  text: (path) => files[path],
  isFolder: (path) => folders.includes(path),
});

const find = (
  words: readonly string[],
  files: Readonly<Record<string, string>> = {},
  folders: readonly string[] = [],
) => findIncluded(words, ".", reader(files, folders), "pip install");

const lists = (
  words: readonly string[],
  files: Readonly<Record<string, string>> = {},
  folders: readonly string[] = [],
) => {
  const found = find(words, files, folders);
  return { files: [...found.files], projects: [...found.projects], isPlain: found.isPlain };
};

test.each<[string, Parameters<typeof lists>, ReturnType<typeof lists>]>([
  ["nothing", [[]], { files: [], projects: [], isPlain: true }],
  ["names alone", [["six", "ray[default]>=2 ; python_version > '3'"]], { files: [], projects: [], isPlain: true }],
  [
    "files that include each other, once each and relative to their own folder",
    [
      ["-r", "requirements.txt"],
      {
        "requirements.txt": "-r reqs/base.txt\nsix # why\n",
        "reqs/base.txt": "-r more.txt\n-r ../requirements.txt\n",
        "reqs/more.txt": "a\n",
      },
    ],
    { files: ["requirements.txt", "reqs/base.txt", "reqs/more.txt"], projects: [], isPlain: true },
  ],
  [
    "constraints",
    [["-rrequirements.txt"], { "requirements.txt": "-c limits.txt\nsix\n" }],
    { files: ["requirements.txt", "limits.txt"], projects: [], isPlain: false },
  ],
  [
    "projects, relative to where pip is started",
    [
      ["-r", "reqs/dev.txt", "./lib[fast]"],
      { "reqs/dev.txt": "-e .\n-e ./tools[x]\nother @ file:./other\n" },
      [".", "tools", "lib", "other"],
    ],
    { files: ["reqs/dev.txt"], projects: [".", "tools", "other", "lib"], isPlain: false },
  ],
  [
    "a wheel",
    [["./dist/x-1-py3-none-any.whl"]],
    { files: ["dist/x-1-py3-none-any.whl"], projects: [], isPlain: false },
  ],
  ["a folder of wheels", [["--find-links=wheels", "six"]], { files: ["wheels"], projects: [], isPlain: true }],
  ["addresses", [["six @ https://x/six.whl", "git+https://x/y.git"]], { files: [], projects: [], isPlain: false }],
  [
    "an index",
    [["--extra-index-url", "https://x/simple", "-i", "https://y", "six"]],
    { files: [], projects: [], isPlain: true },
  ],
])("%s", (_name, given, wanted) => expect(lists(...given)).toEqual(wanted));

test("hashes on continued lines, variables, and options that uv does not read in a file", () => {
  const text = "--pre\n--trusted-host pypi.corp\nsix==1 \\\n  --hash=sha256:00\nx @ git+https://${TOKEN}@host/x\n";
  const found = find(["-r", "requirements.txt"], { "requirements.txt": text });
  expect([...found.options]).toEqual(["--pre", "--trusted-host pypi.corp"]);
  expect([...found.variables]).toEqual(["TOKEN"]);
  expect(found).toMatchObject({ hasHashes: true, isPlain: false });
});

test("requirements keep their markers", () => {
  const found = find(["-r", "r.txt"], { "r.txt": 'six>=1 ; python_version < "3.12"\n-i https://x\n' });
  expect(found.requirements).toEqual(['six>=1 ; python_version < "3.12"']);
});

test("a path that leads out of the source is told with its place", () => {
  const found = find(["-r", "requirements.txt"], { "requirements.txt": "-e ../shared\n-r /etc/all.txt\n" });
  expect(found.outside).toEqual([
    { path: "../shared", where: "requirements.txt" },
    { path: "/etc/all.txt", where: "requirements.txt" },
  ]);
});
