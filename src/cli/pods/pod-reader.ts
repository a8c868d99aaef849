/** What the experiment controller asks of pods: those that failed, all of one experiment, the end of a log. */
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { experimentLabel } from "../../api/experiment/labels.ts";
import { jobSetNameLabel } from "../../api/jobset/labels.ts";
import type { PodReader } from "../../controllers/experiment/controller.ts";
import { type Client, pathOf } from "../../kube/client.ts";
import { linesOf } from "../logs/log-stream.ts";

/** Enough to find one that waits; an array may have thousands. */
const mostPods = 500;
const mostLines = 10;

export const podReader = (client: Client): PodReader => ({
  async failed(namespace, experiment) {
    const labelSelector = `${jobSetNameLabel}=${experiment}`;
    return (await client.list<Pod>(PodKind, { namespace, labelSelector, fieldSelector: "status.phase=Failed" })).items;
  },
  async list(namespace, experiment) {
    const labelSelector = `${experimentLabel}=${experiment}`;
    return (await client.list<Pod>(PodKind, { namespace, labelSelector, limit: mostPods })).items;
  },
  async lastLines(namespace, { pod, container }, signal) {
    const path = pathOf(PodKind, namespace, pod, "log");
    const query = { container, tailLines: String(mostLines) };
    const lines: string[] = [];
    for await (const line of linesOf(client.transport.stream({ method: "GET", path, query, signal }))) lines.push(line);
    return lines;
  },
});
