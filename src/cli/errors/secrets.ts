/** Errors of secrets, and of variables that should be secrets. No value ever stands in one. */
import { defineErrors, makersOf } from "./define.ts";

export const secretArea = defineErrors("Secrets", {
  SECRET_ON_COMMAND_LINE: {
    when: "`--secret` was given a value",
    message: (name: string) =>
      `--secret ${name}=…: pass only the name; a value on the command line stays in the shell history and shows in the process list`,
    remedy: (name: string) =>
      `export the value and pass the name (\`export ${name}\`, then --secret ${name}), or write it to a file for --secret-file; rotate the secret if others use this machine`,
    exitStatus: 2,
  },
  SECRET_NOT_SET: {
    when: "`--secret` names an environment variable that is unset or empty",
    message: (name: string) => `--secret ${name}: the environment variable ${name} is unset or empty`,
    remedy: (name: string) => `set it first: read -rs ${name} && export ${name}`,
    exitStatus: 2,
  },
  SECRET_NAME_INVALID: {
    when: "the name of a secret is not a valid environment variable name",
    message: (name: string, where: string) =>
      `${where}: ${JSON.stringify(name)} is not a valid environment variable name`,
    remedy: "use letters, digits and underscores, not starting with a digit",
    exitStatus: 2,
  },
  SECRET_FILE_EMPTY: {
    when: "a file given with `--secret-file` sets no variable",
    message: (file: string) => `--secret-file ${file}: the file sets no variable`,
    remedy: "write one NAME=VALUE per line",
    exitStatus: 2,
  },
  SECRET_AND_ENV: {
    when: "one name is given both with `--env` and as a secret",
    message: (name: string) => `${name} is given with --env and as a secret`,
    remedy: "remove one of the two",
    exitStatus: 2,
  },
  SECRET_GONE: {
    when: "the Secret of an earlier experiment no longer exists",
    message: (secret: string, experiment: string) => `the Secret ${secret} of ${experiment} no longer exists`,
    remedy: "pass the secrets again with --secret or --secret-file",
  },
});

export const secretErrors = makersOf(secretArea);
