/**
 * Windlass as people install it: the tarball of npm and the wheel of Python, each on a machine that has no checkout. The
 * command runs an experiment, the installation warns of nothing, and advice names the command as it was called.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as packed from "./packed.ts";
import { root, shellManifest } from "./windlass.ts";

const machine = mkdtempSync("/var/tmp/windlass-packages-");
const project = join(machine, "project");
const env = packed.machineEnv(join(machine, "home"));

interface Options {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const where = (options: Options): packed.Call => ({ cwd: options.cwd ?? machine, env: { ...env, ...options.env } });
const call = (command: readonly string[], options: Options = {}) => packed.call(command, where(options));
const succeed = (command: readonly string[], options: Options = {}) => packed.succeed(command, where(options));

let tarball: string;
beforeAll(() => {
  mkdirSync(project);
  writeFileSync(join(project, "manifest.yaml"), shellManifest("echo it runs"));
  succeed(["npm", "run", "build:wheel"], { cwd: root });
  tarball = packed.packTarball(machine, env);
});

afterAll(() => rmSync(machine, { recursive: true, force: true }));

function runsAnExperiment(windlass: readonly string[], options: Options = {}): void {
  expect(succeed([...windlass, "run", project], options)).toContain("it runs");
  expect(succeed([...windlass, "down"], options)).toContain("is down");
}

describe("npm", () => {
  const prefix = join(machine, "npm");

  test("install -g warns of nothing, and the command runs an experiment", () => {
    const said = packed.installGlobally(tarball, prefix, where({}));
    // What npm says of the machine's own settings is not about the package.
    const about = said.split("\n").filter((line) => !/Unknown (user|env|cli) config/.test(line));
    expect(about.join("\n")).not.toMatch(/warn|EBADENGINE/i);
    runsAnExperiment([join(prefix, "bin", "windlass")]);
  });

  test("the command on the PATH is called windlass in advice", () => {
    const PATH = [join(prefix, "bin"), ...packed.machinePath].join(":");
    expect(call(["windlass", "list"], { env: { PATH } }).stderr).toContain("`windlass up`");
  });

  test("npx runs it in any folder, and advice says npx", () => {
    const empty = join(machine, "empty");
    mkdirSync(empty);
    const npx = ["npx", "--yes", "--package", tarball, "windlass"];
    expect(succeed([...npx, "--version"], { cwd: empty })).toMatch(/^\d+\.\d+\.\d+\n/);
    expect(call([...npx, "list"], { cwd: empty }).stderr).toContain("`npx windlass up`");
  });
});

describe("Python", () => {
  const venv = join(machine, "venv");
  const wheel = () => packed.only(join(root, "dist-python"), ".whl");

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
