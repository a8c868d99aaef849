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
    when: "the manifest is not valid with what --set and the arguments change",
    message: (name: string, summary: string) => `the manifest of ${name}, as changed, has ${summary}`,
    remedy: "correct what is named above; nothing was started",
  },
  SET_NEEDS_BUILD: {
    when: "a --set changes how the image is built, and the image of the earlier run is to be used",
    message: (text: string) =>
      `--set ${text} changes how the image is built, but a rerun uses the image of the earlier run`,
    remedy: "add --fresh to build it again from the source folder",
    exitStatus: 2,
  },
  SNAPSHOT_GONE: {
    when: "the source snapshot of an earlier run is not on this machine any more",
    message: (name: string) =>
      `the source snapshot of ${name} is gone: \`windlass prune\` removed it, or another cache made it`,
    remedy: "add --fresh to run the source folder as it is now, or name a folder with --source",
  },
  SOURCE_GONE: {
    when: "the source folder of an earlier run does not exist any more",
    message: (name: string, folder: string) => `${name} ran the folder ${folder}, which does not exist any more`,
    remedy: "name a folder with --source",
  },
});

export const steerErrors = makersOf(steerArea);
