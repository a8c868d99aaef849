/** `windlass port-forward`: ports of a running pod on 127.0.0.1, until Ctrl-C or the pod's end. */
import type { Command } from "commander";
import { Pod as PodKind } from "../../api/core/kinds.ts";
import { isPodFinished, type Pod } from "../../api/core/pod.ts";
import { pathOf } from "../../kube/client.ts";
import { findExperiment, nameOf } from "../experiments/find.ts";
import { holdUntilOver } from "../terminal/hold.ts";
import { type Io, writeLine } from "../program/io.ts";
import { openLocalPort, parsePortPair } from "../pods/local-ports.ts";
import { findRunningPod, type PodFlags } from "../pods/reach-pod.ts";
import { type TargetFlags, withConnection, withTarget } from "../connect/target.ts";

interface Flags extends TargetFlags, PodFlags {}

/** Why nothing can be forwarded to the pod any more. */
export const overOf = (name: string) => (pod: Pod | undefined) => {
  if (!pod) return `pod ${name} is gone`;
  return isPodFinished(pod) ? `pod ${name} has ended (${pod.status?.phase})` : undefined;
};

async function portForward(io: Io, name: string, ports: readonly string[], flags: Flags): Promise<void> {
  const pairs = ports.map(parsePortPair);
  await withConnection(io, flags, async (target) => {
    const pod = nameOf(await findRunningPod(target, await findExperiment(target, name), flags));
    const { namespace, client } = target;
    const failed = (error: Error) => io.stderr.write(`a connection to ${pod} failed: ${error.message}\n`);
    const open = [];
    try {
      for (const { local, remote } of pairs) {
        const to = { path: pathOf(PodKind, namespace, pod, "portforward"), port: remote };
        const opened = await openLocalPort(client.transport, to, { local, failed });
        open.push(opened);
        writeLine(io, `127.0.0.1:${opened.port} → ${pod}:${remote}`);
      }
      const why = await holdUntilOver<Pod>(target, { kind: PodKind, name: pod, over: overOf(pod) });
      if (why) io.stderr.write(`${why}\n`);
    } finally {
      for (const port of open) port.close();
    }
  });
}

export function registerPortForward(program: Command, io: Io, exit: (status: number) => void): void {
  withTarget(program.command("port-forward"))
    .argument("<name>", "experiment: name, prefix of the name, or `latest`")
    .argument("<ports...>", "[LOCAL:]PORT; 0:PORT takes any free local port")
    .description("forward local ports to a running pod, until Ctrl-C")
    .option("--pod <name>", "pod: name, part of the name, or group (default: the Ray head, or rank 0)")
    .option("--rank <rank>", "pod with this rank: a number, or TYPE/JOB/INDEX in a JobSet")
    .action(async (name: string, ports: readonly string[], flags: Flags) => {
      await portForward(io, name, ports, flags);
      exit(0);
    });
}
