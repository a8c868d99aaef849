/** Why a container ended: exit codes and signals in words. Pure. */
import { containerNames } from "../../api/containers.ts";
import type { ContainerStateTerminated, ContainerStatus, Pod } from "../../api/core/pod.ts";
import { formatHumanAmount } from "../../machinery/human-quantity.ts";
import type { Cause, Finding } from "./finding.ts";

interface Meaning {
  readonly cause: Cause;
  readonly text: string;
  readonly remedy: string;
}

const lookAtLog = "see the log for the reason, fix the program and run it again";

const meanings: Readonly<Record<number, Meaning>> = {
  126: {
    cause: "CommandNotFound",
    text: "the command exists but is not executable",
    remedy: "make the file executable (chmod +x), or run it with its interpreter",
  },
  127: {
    cause: "CommandNotFound",
    text: "command not found",
    remedy: "check the spelling of `spec.command`, and that the image contains the program",
  },
  128: { cause: "CommandFailed", text: "the program failed to start", remedy: lookAtLog },
  134: { cause: "Segfault", text: "aborted (SIGABRT)", remedy: lookAtLog },
  137: {
    cause: "Killed",
    text: "killed (SIGKILL)",
    remedy:
      "check how the other pods ended: SIGKILL comes from a person, from a node short of memory, or at the end of the grace period",
  },
  139: {
    cause: "Segfault",
    text: "segmentation fault (SIGSEGV)",
    remedy:
      "check the versions of compiled packages, and run with PYTHONFAULTHANDLER=1 to see where native code crashed",
  },
  143: {
    cause: "Killed",
    text: "terminated (SIGTERM)",
    remedy: "find what stopped the pod: the first failure, or `windlass events NAME`",
  },
};

const failed: Meaning = { cause: "CommandFailed", text: "the command failed", remedy: lookAtLog };

/** What an exit status means to a shell: 128 + n is signal n. */
export const meaningOf = (exitCode: number): Meaning =>
  meanings[exitCode] ??
  (exitCode > 128 && exitCode < 160
    ? { cause: "Killed", text: `killed by signal ${exitCode - 128}`, remedy: lookAtLog }
    : failed);

/** What a container runtime says of a program that it cannot start: under an exit code of its own, or while it tries again. */
export function startFailure(message: string): Meaning | undefined {
  if (/executable file not found|exec: .*no such file or directory/.test(message)) return meanings[127];
  return /exec: .*permission denied/.test(message) ? meanings[126] : undefined;
}

type Told = Pick<Finding, "cause" | "evidence" | "remedy">;

export const memoryRemedy =
  "request more memory (`ramRatio` or `resources.limits.memory`), or make the program use less";

function memoryFinding(pod: Pod, name: string): Told {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const limit = all.find((container) => container.name === name)?.resources?.limits?.["memory"];
  const size = limit ? ` of ${formatHumanAmount("memory", limit)}` : "";
  return {
    cause: "OutOfMemory",
    evidence: [`container ${name} exceeded its memory limit${size} (OOMKilled)`],
    remedy: memoryRemedy,
  };
}

/** `said`: in one line. */
function causeOf(pod: Pod, name: string, end: ContainerStateTerminated, said: readonly string[]): Told {
  if (end.reason === "OOMKilled") return memoryFinding(pod, name);
  if (name === containerNames.waitForRanks && said.length > 0) {
    return {
      cause: "RanksMissing",
      evidence: said,
      remedy: "check the pods of the missing ranks; `--start-deadline` gives them more time",
    };
  }
  const { cause, text, remedy } = startFailure(said[0] ?? "") ?? meaningOf(end.exitCode);
  return { cause, evidence: [`container ${name} terminated with exit code ${end.exitCode}: ${text}`, ...said], remedy };
}

/** The end of a container, when it was not a good one: of its present run, or of the last where it is being restarted. */
export function explainExit(pod: Pod, status: ContainerStatus): Finding | undefined {
  const previous = status.state?.terminated === undefined;
  const end = status.state?.terminated ?? status.lastState?.terminated;
  if (!end || end.exitCode === 0) return undefined;
  const podName = pod.metadata.name ?? "";
  const ends = status.restartCount + (status.state?.running ? 0 : 1);
  const again = previous ? [`it has exited ${ends === 1 ? "once" : `${ends} times`} and is restarted each time`] : [];
  const lines = (end.message ?? "").split("\n").filter((line) => line.trim() !== "");
  // Several lines are the end of its log, which is told apart from the sentence.
  const said = lines.length === 1 ? lines.map((line) => line.trim()) : [];
  const { cause, evidence, remedy } = causeOf(pod, status.name, end, said);
  return {
    cause: previous && cause === "CommandFailed" ? "CrashLoop" : cause,
    where: `pod ${podName}`,
    evidence: [...evidence, ...again],
    remedy,
    log: { pod: podName, container: status.name, previous },
    ...(lines.length > 1 && { printed: lines }),
    time: end.finishedAt,
  };
}
