/** Errors of the environments that experiments run in, and of their build logs. */
import { defineErrors, makersOf } from "./define.ts";

export const environmentArea = defineErrors("Environments", {
  IMAGE_INCOMPLETE: {
    when: "the image given with --image lacks a program that the manifest needs: Ray, Jupyter or TensorBoard",
    message: (what: string, _remedy: string) => what,
    remedy: (_what: string, remedy: string) => `leave --image out, and ${remedy}`,
  },
  NO_BUILD_LOG: {
    when: "`windlass logs --build` for an experiment that was not built on this machine",
    message: (name: string) => `${name} has no build log on this machine`,
    remedy:
      "experiments with --image and those on another cluster are not built here; `windlass logs NAME` shows the log of the run",
  },
});

export const environmentErrors = makersOf(environmentArea);
