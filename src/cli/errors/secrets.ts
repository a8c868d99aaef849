/** Errors of secrets, and of variables that should be secrets. No value ever stands in one. */
import { defineErrors, makersOf } from "./define.ts";

export const secretArea = defineErrors("Secrets", {
  SECRET_ON_COMMAND_LINE: {
    when: "`--secret` was given a value",
    message: (name: string) =>
      `--secret ${name}=…: only the name belongs here; what is on a command line stays in the shell's history and shows up in the process list`,
    remedy: (name: string) =>
      `export the value and pass the name (\`export ${name}\`, then --secret ${name}), or write it to a file for --secret-file; change the secret if others use this machine`,
    exitStatus: 2,
  },
  SECRET_NOT_SET: {
    when: "`--secret` names a variable that the environment does not have, or that is empty",
    message: (name: string) => `--secret ${name}: the environment variable ${name} is not set, or empty`,
    remedy: (name: string) => `set it first: read -rs ${name} && export ${name}`,
    exitStatus: 2,
  },
  SECRET_NAME_INVALID: {
    when: "the name of a secret cannot be that of an environment variable",
    message: (name: string, where: string) =>
      `${where}: ${JSON.stringify(name)} is not a name of an environment variable`,
    remedy: "use letters, digits and underscores; the first is not a digit",
    exitStatus: 2,
  },
  SECRET_FILE_EMPTY: {
    when: "a file given with `--secret-file` sets no variable",
    message: (file: string) => `--secret-file ${file}: the file sets no variable`,
    remedy: "write one NAME=VALUE per line",
    exitStatus: 2,
  },
  SECRET_AND_ENV: {
    when: "one name is given both as a variable and as a secret",
    message: (name: string) => `${name} is given with --env and as a secret`,
    remedy: "drop one of the two",
    exitStatus: 2,
  },
  SECRET_GONE: {
    when: "the Secret of an earlier experiment no longer exists",
    message: (secret: string, experiment: string) => `the Secret ${secret} of ${experiment} no longer exists`,
    remedy: "pass the secrets again with --secret or --secret-file",
  },
});

export const secretErrors = makersOf(secretArea);
