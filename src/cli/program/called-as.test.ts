import { describe, expect, test } from "vitest";
import { asCalled, calledAs } from "./called-as.ts";

describe("the command is named as it was called", () => {
  const rows: Readonly<Record<string, readonly [env: Readonly<Record<string, string>>, name: string]>> = {
    "by its name, installed on the PATH": [
      { WINDLASS_ARGV0: "/usr/local/bin/windlass", PATH: "/usr/bin:/usr/local/bin" },
      "windlass",
    ],
    "without a launcher": [{}, "windlass"],
    "with npx": [
      { npm_command: "exec", WINDLASS_ARGV0: "/root/.npm/_npx/1/node_modules/.bin/windlass" },
      "npx windlass",
    ],
    "from node_modules, in a script of npm": [
      { npm_command: "run-script", WINDLASS_ARGV0: "/w/node_modules/.bin/windlass", PATH: "/w/node_modules/.bin" },
      "npx windlass",
    ],
    "with npm run": [{ npm_lifecycle_event: "windlass", WINDLASS_ARGV0: "/w/bin/windlass" }, "npm run windlass --"],
    "with uvx": [{ WINDLASS_ARGV0: "/home/a/.cache/uv/archive-v0/xY/bin/windlass" }, "uvx windlass"],
    "as a module of Python": [
      { WINDLASS_ARGV0: "/v/lib/python3.11/site-packages/windlass/__main__.py" },
      "python3 -m windlass",
    ],
    "by a path below the folder": [{ WINDLASS_ARGV0: "/w/bin/windlass", PATH: "/usr/bin" }, "./bin/windlass"],
    "by a path elsewhere": [{ WINDLASS_ARGV0: "/opt/w/bin/windlass", PATH: "/usr/bin" }, "/opt/w/bin/windlass"],
  };
  test.each(Object.entries(rows))("%s", (_, [env, name]) => expect(calledAs({ env, cwd: "/w" })).toBe(name));
});

test("only commands are replaced", () => {
  const io = { env: { npm_command: "exec" }, cwd: "/" };
  expect(asCalled(io, "run `windlass up`, see windlass.log and /opt/windlass up")).toBe(
    "run `npx windlass up`, see windlass.log and /opt/windlass up",
  );
});
