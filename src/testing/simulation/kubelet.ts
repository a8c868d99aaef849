/** Plays the kubelet: pods run and are ready half a second after they were made, and go as soon after they were deleted. */
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Client } from "../../kube/client.ts";
import type { Store } from "../../local/store/index.ts";
import type { Clock } from "../../runtime/clock.ts";

export interface KubeletOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly client: Client;
}

const delayMs = 500;
const running = {
  phase: "Running",
  podIP: "10.1.2.3",
  podIPs: [{ ip: "10.1.2.3" }],
  conditions: [{ type: "Ready", status: "True" }],
} as const;

export function playKubelet({ store, clock, client }: KubeletOptions): void {
  const done = new Set<string>();
  const once = (what: string, work: () => Promise<unknown>) => {
    if (done.has(what)) return;
    done.add(what);
    // The pod may have gone meanwhile.
    clock.after(delayMs, () => void work().catch(() => undefined));
  };
  store.watch("pods", store.version, ({ type, object }) => {
    if (type === "DELETED") return;
    const { metadata, status } = object as unknown as Pod;
    const { name = "", namespace = "", uid = "", deletionTimestamp } = metadata;
    const ref = { kind: PodKind, namespace, name, uid };
    if (deletionTimestamp) once(`${uid} goes`, () => client.delete(ref, { gracePeriodSeconds: 0 }));
    else if ((status?.phase ?? "Pending") === "Pending")
      once(`${uid} runs`, () => client.patch(ref, { status: running }, { type: "merge", subresource: "status" }));
  });
}
