/** Errors of outputs: where an experiment wrote its files, and downloading them. */
import { defineErrors, makersOf } from "./define.ts";

export const outputsArea = defineErrors("Outputs", {
  NO_OUTPUTS_PLACE: {
    when: "the experiment is not submitted yet, or its cluster stores no outputs",
    message: (name: string) => `${name} has no outputs folder`,
    remedy: (name: string) =>
      `check with \`windlass get ${name}\` that it is submitted; on a cluster, start the operator with --outputs`,
  },
  OUTPUTS_ELSEWHERE: {
    when: "the outputs are in a folder on another machine",
    message: (name: string, place: string) => `the outputs of ${name} are in ${place} on a cluster node`,
    remedy: "copy them from that node, or start the operator with --outputs s3://BUCKET/PREFIX",
  },
  OUTPUTS_TARGET: {
    when: "outputs cannot be downloaded to the given folder",
    message: (folder: string, reason: string) => `cannot download to ${folder}: ${reason}`,
    remedy: "name another folder with --download",
  },
});

export const outputsErrors = makersOf(outputsArea);
