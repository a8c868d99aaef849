/** Errors of `windlass init`. */
import { defineErrors, makersOf } from "./define.ts";

export const initArea = defineErrors("Starting a project", {
  MANIFEST_EXISTS: {
    when: "`windlass init` would overwrite a manifest",
    message: (file: string) => `${file} already exists`,
    remedy: "run it with `windlass run`, or replace it with `windlass init --force`",
    exitStatus: 2,
  },
  FOLDER_UNWRITABLE: {
    when: "`windlass init` cannot make the folder, or write into it",
    message: (folder: string, reason: string) => `cannot write to ${folder}: ${reason}`,
    remedy: "name another folder: `windlass init FOLDER`",
  },
  NO_PROGRAM_FOUND: {
    when: "`windlass init` finds no program in the folder",
    message: (folder: string) =>
      `found no program in ${folder}: no main.py, no train.py, no package with a __main__.py`,
    remedy: "pass the command: `windlass init --command 'python3 path/to/program.py'`",
    exitStatus: 2,
  },
  INIT_ABANDONED: {
    when: "Ctrl-C was pressed at a question of `windlass init`",
    message: () => "nothing was written",
    exitStatus: 130,
  },
});

export const initErrors = makersOf(initArea);
