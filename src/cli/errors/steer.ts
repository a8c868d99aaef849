/** Errors of changing and repeating what ran: rerun, and arguments for the program. */
import { defineErrors, makersOf } from "./define.ts";

export const steerArea = defineErrors("Rerun and sweeps", {
  BAD_SET: {
    when: "a --set cannot be applied to the manifest",
    message: (text: string, problem: string) => `--set ${text}: ${problem}`,
    remedy: "name a field of the manifest, such as `--set types.Workers[0].count=4` or `--set spec.timeout=2h`",
    exitStatus: 2,
  },
  SET_INVALID: {
    when: "the manifest is invalid after the changes by --set and the arguments",
    message: (name: string, summary: string) => `the changed manifest of ${name} has ${summary}`,
    remedy: "fix the errors above; nothing was started",
  },
  SET_NEEDS_BUILD: {
    when: "a --set changes how the image is built, but the rerun reuses the image of the earlier run",
    message: (text: string) =>
      `--set ${text} changes how the image is built, but a rerun reuses the image of the earlier run`,
    remedy: "add --fresh to rebuild it from the source folder",
    exitStatus: 2,
  },
  SNAPSHOT_GONE: {
    when: "the source snapshot of the earlier run is no longer on this machine",
    message: (name: string) =>
      `the source snapshot of ${name} no longer exists: \`windlass prune\` removed it, or it is in another cache`,
    remedy: "add --fresh to run the source folder as it is now, or name a folder with --source",
  },
  SOURCE_GONE: {
    when: "the source folder of the earlier run no longer exists",
    message: (name: string, folder: string) => `${name} ran from ${folder}, which no longer exists`,
    remedy: "name a folder with --source",
  },
});

export const steerErrors = makersOf(steerArea);
