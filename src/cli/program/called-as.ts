/**
 * How the user called this program: `windlass`, `npx windlass`, `uvx windlass`, a path. Advice names commands that way,
 * so that it can be typed as it stands. Pure.
 */
import { basename, delimiter, dirname, relative } from "node:path";
import type { Io } from "./io.ts";

/** Folders of uv's cache that hold the environments of `uvx`. */
const ofUvx = /\/uv\/(archive|builds|environments)-v\d+\//;

/** `env.WINDLASS_ARGV0` is the launcher as the shell named it; npm sets the other variables for what it runs. */
export function calledAs({ env, cwd }: Pick<Io, "env" | "cwd">): string {
  const launcher = env["WINDLASS_ARGV0"] ?? "";
  if (env["npm_lifecycle_event"] === "windlass") return "npm run windlass --";
  if (env["npm_command"] === "exec" || launcher.includes("/node_modules/.bin/")) return "npx windlass";
  if (ofUvx.test(launcher)) return "uvx windlass";
  if (basename(launcher) === "__main__.py") return "python3 -m windlass";
  if (!launcher.includes("/")) return "windlass";
  const onPath = (env["PATH"] ?? "").split(delimiter).includes(dirname(launcher));
  if (onPath && basename(launcher) === "windlass") return "windlass";
  const near = relative(cwd, launcher);
  return near.startsWith("..") || near === "" ? launcher : `./${near}`;
}

/** `windlass up` in advice, but not in a path or a longer name. */
const command = /(?<![\w./-])windlass (?=[a-z-])/g;

/** A text whose commands are written `windlass …`, with the commands as the user would type them. */
export const asCalled = (io: Pick<Io, "env" | "cwd">, text: string): string =>
  text.replaceAll(command, `${calledAs(io)} `);
