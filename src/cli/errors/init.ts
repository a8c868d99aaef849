/** Errors of `windlass init`. */
import { defineErrors, makersOf } from "./define.ts";

export const initArea = defineErrors("Starting a project", {
  MANIFEST_EXISTS: {
    when: "`windlass init` would write over a manifest",
    message: (file: string) => `${file} exists already`,
    remedy: "`windlass init --force` writes a new one in its place; `windlass run` runs the one that is there",
    exitStatus: 2,
  },
  NO_PROGRAM_FOUND: {
    when: "`windlass init` finds nothing in the folder that could be run",
    message: (folder: string) =>
      `no program to run was found in ${folder}: no main.py, no train.py, no package with a __main__.py`,
    remedy: "name the command: `windlass init --command 'python3 path/to/program.py'`",
    exitStatus: 2,
  },
  INIT_ABANDONED: {
    when: "a question of `windlass init` was answered with Ctrl-C",
    message: () => "nothing was written",
    exitStatus: 130,
  },
});

export const initErrors = makersOf(initArea);
