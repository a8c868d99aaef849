/** Secrets as the user names them: taken from the environment or from dotenv files, never from the command line. */
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { secretErrors } from "../errors/secrets.ts";
import type { Io } from "../program/io.ts";
import { readUserFile } from "../connect/target.ts";

export interface SecretFlags {
  /** Names of variables of the caller's environment. */
  readonly secret?: readonly string[];
  /** Files of `NAME=VALUE` lines. */
  readonly secretFile?: readonly string[];
}

/** Value by name. */
export type Secrets = Readonly<Record<string, string>>;

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

function checkName(name: string, where: string): string {
  if (namePattern.test(name)) return name;
  throw secretErrors.SECRET_NAME_INVALID(name, where);
}

function fromEnvironment(io: Io, given: string): readonly [string, string] {
  const at = given.indexOf("=");
  if (at >= 0) throw secretErrors.SECRET_ON_COMMAND_LINE(given.slice(0, at));
  const name = checkName(given, "--secret");
  const value = io.env[name];
  if (!value) throw secretErrors.SECRET_NOT_SET(name);
  return [name, value];
}

function fromFile(io: Io, file: string): readonly (readonly [string, string])[] {
  const found = Object.entries(parseEnv(readUserFile(resolve(io.cwd, file))));
  if (found.length === 0) throw secretErrors.SECRET_FILE_EMPTY(file);
  return found.map(([name, value = ""]) => [checkName(name, `--secret-file ${file}`), value]);
}

/** What the flags name: a single `--secret` wins over a file, a later file over an earlier one. */
function readSecrets(io: Io, { secret = [], secretFile = [] }: SecretFlags): Secrets {
  const files = secretFile.flatMap((file) => fromFile(io, file));
  return Object.fromEntries([...files, ...secret.map((name) => fromEnvironment(io, name))]);
}

const telling = new Set(["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "KEY", "APIKEY", "CREDENTIALS"]);

/** Whether a variable's name says that its value is nobody else's business: `HF_TOKEN`, not `TOKENIZERS_PARALLELISM`. */
export const soundsSecret = (name: string): boolean =>
  name
    .toUpperCase()
    .split("_")
    .some((word) => telling.has(word));

/**
 * The secrets that the flags name. `env`, the plain variables beside them, may not have the same names; one that sounds
 * like a secret is warned of.
 */
export function takeSecrets(io: Io, flags: SecretFlags, env: Readonly<Record<string, string>>): Secrets {
  const secrets = readSecrets(io, flags);
  for (const name of Object.keys(env)) {
    if (Object.hasOwn(secrets, name)) throw secretErrors.SECRET_AND_ENV(name);
    if (!soundsSecret(name)) continue;
    io.stderr.write(
      `warning: the value of --env ${name} is stored and shown in plain text; \`--secret ${name}\` keeps it in a Secret\n`,
    );
  }
  return secrets;
}
