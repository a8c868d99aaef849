/** Errors of folders mounted into an experiment's pods. */
import { defineErrors, makersOf } from "./define.ts";

export const mountsArea = defineErrors("Mounted folders", {
  MOUNT_INVALID: {
    when: "`--mount` is not FOLDER, FOLDER:PATH or FOLDER:PATH:rw, or uses one path twice",
    message: (given: string, reason: string) => `--mount ${given}: ${reason}`,
    remedy: "write --mount /data/imagenet:/data, or --mount /data/imagenet:/data:rw to let the pods write",
    exitStatus: 2,
  },
  MOUNT_SOURCE: {
    when: "the folder to mount does not exist on this machine, or is not a folder",
    message: (where: string, path: string, reason: string) => `${where}: ${path} ${reason}`,
    remedy: "name an existing folder",
  },
  MOUNT_SILENT: {
    when: "the folder to mount is in a mount of this machine that does not answer, such as NFS without its server",
    message: (where: string, path: string, mount: string) =>
      `${where}: cannot read ${path}: the file system mounted at ${mount} does not answer`,
    remedy: (_where: string, _path: string, mount: string) =>
      `check its server and the network, or unmount it: sudo umount -l ${mount}`,
  },
  MOUNT_UNAVAILABLE: {
    when: "a folder is mounted at another path, on a machine where pods share the host's mounts",
    message: (path: string, target: string) =>
      `cannot mount ${path} at ${target}: pods on this machine share the host's mounts`,
    remedy: (path: string) => `use the same path on both sides: --mount ${path}, and ${path} in the program`,
  },
});

export const mountsErrors = makersOf(mountsArea);
