/** What pip's configuration, its arguments, Poetry's lock and editable installs become. */
import { expect, test } from "vitest";
import { relocate } from "./editable.ts";
import { editable, ownArguments, uvArguments } from "./pip-arguments.ts";
import { parsePipConfig, uvSettings } from "./pip-settings.ts";
import { poetryInstall } from "./poetry.ts";

test("pip's configuration: sections by weight, then the environment", () => {
  const listing = [
    "global.index-url='https://a/simple'",
    "global.cert='/etc/ca.crt'",
    ":env:.find-links='/opt/wheels /opt/more'",
    "install.index-url='https://b/simple'",
    "global.extra-index-url='\\nhttps://c/simple\\nhttps://d/simple'",
  ].join("\n");
  const pip = parsePipConfig(listing);
  expect(uvSettings(pip, {})).toEqual({
    UV_DEFAULT_INDEX: "https://b/simple",
    UV_INDEX: "https://c/simple https://d/simple",
    UV_FIND_LINKS: "/opt/wheels,/opt/more",
    SSL_CERT_FILE: "/etc/ca.crt",
  });
});

test("what is set for uv itself goes first", () => {
  const pip = { "index-url": "https://a", cert: "/a", "no-index": "true", pre: "false", "trusted-host": "x y" };
  expect(uvSettings(pip, { UV_INDEX_URL: "https://u", SSL_CERT_FILE: "/b" })).toEqual({
    UV_NO_INDEX: "1",
    UV_INSECURE_HOST: "x y",
  });
});

test.each([
  [["--no-cache-dir", "-q", "--progress-bar", "off", "--root-user-action=ignore", "six"], ["six"]],
  [
    ["--user", "-r", "a.txt", "--timeout=9", "--cache-dir", "/x"],
    ["-r", "a.txt"],
  ],
])("of %j are left %j", (words, wanted) => expect(ownArguments(words)).toEqual(wanted));

test.each([
  [["--pre", "--trusted-host", "h", "six"], [], ["--prerelease=allow", "--allow-insecure-host", "h", "six"]],
  [["--trusted-host=h", "--force-reinstall"], [], ["--allow-insecure-host=h", "--reinstall"]],
  [
    ["-r", "a"],
    ["--pre", "--trusted-host h"],
    ["-r", "a", "--prerelease=allow", "--allow-insecure-host", "h"],
  ],
])("%j with %j in files is for uv %j", (words, fromFiles, wanted) =>
  expect(uvArguments(words, fromFiles)).toEqual(wanted),
);

test.each([
  [["."], ["-e", "."]],
  [
    ["-e", "."],
    ["-e", "."],
  ],
  [
    [".[train]", "six"],
    ["-e", ".[train]", "six"],
  ],
  [
    ["./lib", "./x.whl", "-r", "./r.txt"],
    ["-e", "./lib", "./x.whl", "-r", "./r.txt"],
  ],
])("%j is installed as %j", (words, wanted) => expect(editable(words)).toEqual(wanted));

const place = '(__import__("os").environ.get("WINDLASS_SOURCE") or __import__("os").getcwd())';

test.each([
  ["a.pth", "/env/source/src\n", `import sys; sys.path.append(${place} + "/src")\n`],
  ["a.pth", "/env/source\n", `import sys; sys.path.append(${place} + "")\n`],
  ["a.pth", "/elsewhere\n", "/elsewhere\n"],
  ["a.pth", "import x; x.map('/env/source/p')\n", `import x; x.map(${place} + '/p')\n`],
  ["__editable___x_finder.py", "MAPPING = {'x': '/env/source/x'}", `MAPPING = {'x': ${place} + '/x'}`],
])("%s: %j names the source of each run", (name, text, wanted) => {
  expect(relocate(name, text, "/env/source")).toBe(wanted);
});

const lock = `
[[package]]
name = "six"
version = "1.16.0"
groups = ["main"]
markers = "python_version < '4'"

[[package]]
name = "pytest"
version = "8.0"
groups = ["dev"]

[[package]]
name = "mine"
version = "0"
[package.source]
type = "directory"
url = "../mine"
`;

test("Poetry's lock limits the versions of a package, and is what a project without one installs", () => {
  expect(poetryInstall({ "build-system": {}, tool: { poetry: {} } }, lock)).toEqual({
    arguments: ["-e", "."],
    constraints: ["six==1.16.0 ; python_version < '4'", "pytest==8.0"],
  });
  expect(poetryInstall({ tool: { poetry: { "package-mode": false } } }, lock).arguments).toEqual([
    "six==1.16.0 ; python_version < '4'",
  ]);
  expect(() => poetryInstall({ tool: { poetry: {} } }, undefined)).toThrow(/run `poetry lock`/);
});
