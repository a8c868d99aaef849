/** Errors of Ray's own logs. */
import { defineErrors, makersOf } from "./define.ts";

export const rayLogArea = defineErrors("Ray's own logs", {
  NO_RAY_LOGS: {
    when: "an experiment has no logs written by Ray itself: Ray has not run in its pods",
    message: (name: string) => `${name} has no logs written by Ray itself`,
    remedy: (name: string) => `\`windlass logs ${name}\` prints the command's log`,
  },
  RAY_LOG_NOT_FOUND: {
    when: "no file of Ray's own logs matches the name",
    message: (wanted: string) => `no Ray log matches "${wanted}"`,
    remedy: "use --ray without a name to list them",
  },
  RAY_LOG_AMBIGUOUS: {
    when: "several files of Ray's own logs match the name",
    message: (wanted: string, _names: readonly string[]) => `"${wanted}" matches several Ray logs`,
    remedy: (_wanted: string, names: readonly string[]) => `name one: ${names.join(", ")}`,
  },
  RAY_LOGS_ELSEWHERE: {
    when: "the pods run on another cluster, which keeps Ray's own logs inside them",
    message: (name: string) => `Ray's own logs of ${name} are in its pods`,
    remedy: (name: string) =>
      `while a pod runs: \`windlass exec ${name} --pod head -- ls /tmp/ray/session_latest/logs\``,
  },
});

export const rayLogErrors = makersOf(rayLogArea);
