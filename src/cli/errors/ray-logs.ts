/** Errors of Ray's own logs. */
import { defineErrors, makersOf } from "./define.ts";

export const rayLogArea = defineErrors("Ray's own logs", {
  NO_RAY_LOGS: {
    when: "an experiment has no logs of Ray's own: no Ray ran in its pods, or not yet",
    message: (name: string) => `${name} has no logs of Ray's own`,
    remedy: (name: string) => `\`windlass logs ${name}\` prints the command's log`,
  },
  RAY_LOG_NOT_FOUND: {
    when: "no file of Ray's own logs has a name with these words in it",
    message: (wanted: string) => `none of Ray's logs is called "${wanted}"`,
    remedy: "--ray without a name lists them",
  },
  RAY_LOG_AMBIGUOUS: {
    when: "several files of Ray's own logs have a name with these words in it",
    message: (wanted: string, _names: readonly string[]) => `several of Ray's logs have "${wanted}" in their name`,
    remedy: (_wanted: string, names: readonly string[]) => `name one: ${names.join(", ")}`,
  },
  RAY_LOGS_ELSEWHERE: {
    when: "the pods are on another cluster, which keeps Ray's own logs in them",
    message: (name: string) => `Ray's own logs of ${name} are in its pods`,
    remedy: (name: string) =>
      `while a pod runs: \`windlass exec ${name} --pod head -- ls /tmp/ray/session_latest/logs\``,
  },
});

export const rayLogErrors = makersOf(rayLogArea);
