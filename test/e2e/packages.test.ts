/**
 * Windlass as people install it: the tarball of npm and the wheel of Python, each on a machine that has no checkout. The
 * command runs an experiment, the installation warns of nothing, and advice names the command as it was called.
 */
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root, shellManifest } from "./windlass.ts";

const machine = mkdtempSync("/var/tmp/windlass-packages-");
const packed = join(machine, "packed");
const project = join(machine, "project");

/** Without what npm sets for the scripts that run these tests, and without the Node of the checkout. */
const path = (process.env["PATH"] ?? "").split(":").filter((folder) => !folder.includes("node_modules"));
const inherited = Object.entries(process.env).filter(
  ([name]) => !/^npm_(?!config_)|^NODE_(?!EXTRA_CA)|^INIT_CWD$/.test(name),
);
const env = {
  ...Object.fromEntries(inherited),
  PATH: path.join(":"),
  NO_COLOR: "1",
  WINDLASS_HOME: join(machine, "home"),
  npm_config_loglevel: "warn",
  npm_config_update_notifier: "false",
  // Node's own program is large: on a slow line npm would leave it out, as an optional package, without a word.
  npm_config_fetch_timeout: "600000",
};

interface Options {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function call([file = "", ...args]: readonly string[], options: Options = {}): SpawnSyncReturns<string> {
  return spawnSync(file, args, { encoding: "utf8", cwd: options.cwd ?? machine, env: { ...env, ...options.env } });
}

/** Fails with all that was printed. */
function succeed(command: readonly string[], options: Options = {}): string {
  const { status, stdout, stderr, error } = call(command, options);
  if (status !== 0) throw new Error(`${command.join(" ")} exited with ${status ?? String(error)}\n${stdout}${stderr}`);
  return stdout + stderr;
}

const only = (folder: string, ending: string): string => {
  const [found, ...others] = readdirSync(folder).filter((name) => name.endsWith(ending));
  if (!found || others.length > 0) throw new Error(`${folder} should hold one ${ending}`);
  return join(folder, found);
};

beforeAll(() => {
  for (const folder of [packed, project]) mkdirSync(folder);
  writeFileSync(join(project, "manifest.yaml"), shellManifest("echo it runs"));
  succeed(["npm", "run", "build:wheel"], { cwd: root });
  succeed(["npm", "pack", "--pack-destination", packed], { cwd: root });
});

afterAll(() => rmSync(machine, { recursive: true, force: true }));

function runsAnExperiment(windlass: readonly string[], options: Options = {}): void {
  expect(succeed([...windlass, "run", project], options)).toContain("it runs");
  expect(succeed([...windlass, "down"], options)).toContain("is down");
}

describe("npm", () => {
  const prefix = join(machine, "npm");

  test("install -g warns of nothing, and the command runs an experiment", () => {
    const said = succeed([
      "npm",
      "install",
      "--global",
      "--no-audit",
      "--no-fund",
      "--prefix",
      prefix,
      only(packed, ".tgz"),
    ]);
    // What npm says of the machine's own settings is not about the package.
    const about = said.split("\n").filter((line) => !/Unknown (user|env|cli) config/.test(line));
    expect(about.join("\n")).not.toMatch(/warn|EBADENGINE/i);
    runsAnExperiment([join(prefix, "bin", "windlass")]);
  });

  test("the command on the PATH is called windlass in advice", () => {
    const PATH = [join(prefix, "bin"), ...path].join(":");
    expect(call(["windlass", "list"], { env: { PATH } }).stderr).toContain("`windlass up`");
  });

  test("npx runs it in any folder, and advice says npx", () => {
    const empty = join(machine, "empty");
    mkdirSync(empty);
    const npx = ["npx", "--yes", "--package", only(packed, ".tgz"), "windlass"];
    expect(succeed([...npx, "--version"], { cwd: empty })).toMatch(/^\d+\.\d+\.\d+\n/);
    expect(call([...npx, "list"], { cwd: empty }).stderr).toContain("`npx windlass up`");
  });
});

describe("Python", () => {
  const venv = join(machine, "venv");
  const wheel = () => only(join(root, "dist-python"), ".whl");

  test("pip install of the wheel brings its own Node, and the command runs an experiment", () => {
    succeed(["python3", "-m", "venv", venv]);
    succeed([join(venv, "bin", "pip"), "install", "--quiet", wheel(), "uv"]);
    // No other Node is there.
    const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
    runsAnExperiment([join(venv, "bin", "windlass")], { env: { PATH } });
    expect(call([join(venv, "bin", "python"), "-m", "windlass", "list"]).stderr).toContain("`python3 -m windlass up`");
  });

  test("uv tool install makes a command of its own", () => {
    const folders = { UV_TOOL_DIR: join(machine, "tools"), UV_TOOL_BIN_DIR: join(machine, "tool-bin") };
    succeed([join(venv, "bin", "uv"), "tool", "install", wheel()], { env: folders });
    runsAnExperiment([join(machine, "tool-bin", "windlass")]);
  });
});
