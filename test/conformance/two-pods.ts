/**
 * A program of its own, for its user and namespaces are what is tested: starts a node, gives it two pods with the same
 * container port, and prints as JSON how the node runs pods and what became of the two. Its argument, `HOST/PORT`, is an
 * address outside that the first pod tries to reach.
 */
import { startTestNode } from "./node.ts";

export interface TwoPods {
  readonly mode: string;
  readonly reason: string;
  readonly events: readonly string[];
  /** What the first printed: whether it has mounts and a host name of its own, and a way out. */
  readonly printed: string;
  /** Phase and, while it waits, the reason of the second. */
  readonly second: string;
  /** The second's phase once the first is gone. */
  readonly after: string | undefined;
}

const outside = process.argv[2];
const ports = [{ containerPort: 28917 }];
const node = await startTestNode("auto");
const script = [
  '[ "$(hostname)" = one ] && echo named',
  `[ -z "$(ls -A /tmp)" ] && [ ! -e ${node.dataDir}/store ] && [ ! -w /etc/passwd ] && : >>"$HOME/mine" && echo private`,
  ...(outside ? [`timeout 5 bash -c "exec 3<>/dev/tcp/${outside}" 2>/dev/null && echo outside`] : []),
  "echo up",
  "sleep 600",
].join("\n");
try {
  const spec = { terminationGracePeriodSeconds: 0 };
  await node.run("one", script, spec, { ports });
  await node.logged("one", "up\n");
  await node.run("two", "sleep 600", spec, { ports });
  const { status } = await node.until("two", (pod) =>
    pod.status?.conditions?.some(
      ({ type, status, reason }) => (type === "Ready" && status === "True") || reason === "Unschedulable",
    ),
  );
  const refusal = status?.conditions?.find(({ type }) => type === "PodScheduled");
  const second = [status?.phase, refusal?.reason, refusal?.message].filter(Boolean).join(": ");
  const printed = await node.logs("one");
  await node.remove("one", 0);
  await node.gone("one");
  const after = await node.until("two", (pod) => pod.status?.phase === "Running");
  const result: TwoPods = {
    ...node.network,
    events: await node.events("local"),
    printed,
    second,
    after: after.status?.phase,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  await node.stop();
}
