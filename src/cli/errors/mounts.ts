/** Errors of folders that are mounted in an experiment's pods. */
import { defineErrors, makersOf } from "./define.ts";

export const mountsArea = defineErrors("Mounted folders", {
  MOUNT_INVALID: {
    when: "`--mount` is not FOLDER, FOLDER:PATH or FOLDER:PATH:rw, or names one path twice",
    message: (given: string, reason: string) => `--mount ${given}: ${reason}`,
    remedy: "for example --mount /data/imagenet:/data, or --mount /data/imagenet:/data:rw to let the pods write",
    exitStatus: 2,
  },
  MOUNT_SOURCE: {
    when: "a folder to be mounted does not exist on this machine, or is not a folder",
    message: (where: string, path: string, reason: string) => `${where}: ${path} ${reason}`,
    remedy: "name an existing folder",
  },
  MOUNT_UNAVAILABLE: {
    when: "folders are to be mounted where pods have no mounts of their own",
    message: (path: string, target: string) =>
      `${path} cannot be mounted at ${target}: pods have no mounts of their own on this machine`,
    remedy: (path: string) => `use the folder where it is: --mount ${path}, and ${path} in the program`,
  },
});

export const mountsErrors = makersOf(mountsArea);
