/**
 * Windlass as it is packed, on a machine without the checkout: the tarball of npm, its global installation, and an
 * environment that knows neither npm's scripts, which run these tests, nor the Node of the checkout.
 */
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./windlass.ts";

/** The folders of the PATH, without those of the checkout. */
export const machinePath: readonly string[] = (process.env["PATH"] ?? "")
  .split(":")
  .filter((folder) => !folder.includes("node_modules"));

/** The settings of npm, and the certificates that Node trusts, are the machine's own. */
const ofTests = /^npm_(?!config_)|^NODE_(?!EXTRA_CA)|^INIT_CWD$/;
const inherited = Object.entries(process.env).filter(([name]) => !ofTests.test(name));

/** Of every process on such a machine; its clusters are below `home`. */
export const machineEnv = (home: string): Readonly<Record<string, string | undefined>> => ({
  ...Object.fromEntries(inherited),
  PATH: machinePath.join(":"),
  NO_COLOR: "1",
  WINDLASS_HOME: home,
  npm_config_loglevel: "warn",
  npm_config_update_notifier: "false",
  // Node's own program is large: on a slow line npm would leave it out, as an optional package, without a word.
  npm_config_fetch_timeout: "600000",
});

export interface Call {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export const call = ([file = "", ...args]: readonly string[], { cwd, env }: Call): SpawnSyncReturns<string> =>
  spawnSync(file, args, { encoding: "utf8", cwd, env });

/** What was printed on both streams. Throws with it when the command fails. */
export function succeed(command: readonly string[], where: Call): string {
  const { status, stdout, stderr, error } = call(command, where);
  if (status !== 0) throw new Error(`${command.join(" ")} exited with ${status ?? String(error)}\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** The one file of a folder whose name ends so. */
export function only(folder: string, ending: string): string {
  const [found, ...others] = readdirSync(folder).filter((name) => name.endsWith(ending));
  if (!found || others.length > 0) throw new Error(`${folder} should hold one ${ending}`);
  return join(folder, found);
}

/** Builds the bundle and packs it into a folder; answers the tarball. */
export function packTarball(folder: string, env: NodeJS.ProcessEnv): string {
  succeed(["npm", "pack", "--pack-destination", folder], { cwd: root, env });
  return only(folder, ".tgz");
}

/** Packs and installs it into a folder; answers the command. */
export function installPacked(folder: string, where: Call): string {
  installGlobally(packTarball(folder, where.env), join(folder, "npm"), where);
  return join(folder, "npm", "bin", "windlass");
}

/** `npm install --global` with a prefix of its own; answers what npm said. */
export const installGlobally = (tarball: string, prefix: string, where: Call): string =>
  succeed(["npm", "install", "--global", "--no-audit", "--no-fund", "--prefix", prefix, tarball], where);
