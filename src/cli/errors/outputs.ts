/** Errors of outputs: where an experiment left its files, and getting them. */
import { defineErrors, makersOf } from "./define.ts";

export const outputsArea = defineErrors("Outputs", {
  NO_OUTPUTS_PLACE: {
    when: "an experiment was not submitted yet, or its cluster keeps no outputs",
    message: (name: string) => `${name} has no outputs folder`,
    remedy: (name: string) =>
      `an experiment gets one when it is submitted: \`windlass get ${name}\` shows how far it is; on a cluster, the operator must be started with --outputs`,
  },
  OUTPUTS_ELSEWHERE: {
    when: "outputs are in a folder of another machine",
    message: (name: string, place: string) => `the outputs of ${name} are in ${place} on a node of the cluster`,
    remedy: "copy them from that node, or start the operator with --outputs s3://BUCKET/PREFIX",
  },
  OUTPUTS_TARGET: {
    when: "outputs are to be downloaded to a place that cannot take them",
    message: (folder: string, reason: string) => `cannot download to ${folder}: ${reason}`,
    remedy: "name another folder with --download",
  },
});

export const outputsErrors = makersOf(outputsArea);
