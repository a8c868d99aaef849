/** Probes of Ray containers that have none of their own. Pure. */
import type { Container, Probe } from "../../../api/core/pod.ts";
import { ports } from "../../../api/ray/labels.ts";
import type { StringMap } from "../../../api/ray/types.ts";
import { isAtLeast } from "../../../api/ray/versions.ts";

export interface ProbeInput {
  readonly rayVersion?: string;
  readonly params: StringMap;
  readonly isHead: boolean;
  readonly isRayService: boolean;
}

const wget = (timeout: number, url: string) => `wget --tries 1 -T ${timeout} -q -O- ${url} | grep success`;
/** Ray reports the health of a whole node on one address since 2.53. */
const hasUnifiedHealth = (version: string | undefined) => isAtLeast(version, 2, 53);

function handler({ rayVersion, params, isHead }: ProbeInput): Pick<Probe, "httpGet" | "exec"> {
  const agent = Number(params["dashboard-agent-listen-port"] ?? ports.agent);
  if (hasUnifiedHealth(rayVersion)) return { httpGet: { path: "/api/healthz", port: agent } };
  const checks = [wget(2, `http://localhost:${agent}/api/local_raylet_healthz`)];
  if (isHead) checks.push(wget(10, `http://localhost:${params["dashboard-port"] ?? ports.dashboard}/api/gcs_healthz`));
  return { exec: { command: ["bash", "-c", checks.join(" && ")] } };
}

/** A Serve worker is ready when its proxy answers, too. */
function serveWorkerReadiness(input: ProbeInput, container: Container): Pick<Probe, "exec"> {
  const agent = input.params["dashboard-agent-listen-port"] ?? String(ports.agent);
  const serve = container.ports?.find(({ name }) => name === "serve")?.containerPort ?? ports.serve;
  const checks = [
    wget(2, `http://localhost:${agent}/api/local_raylet_healthz`),
    wget(10, `http://localhost:${serve}/-/healthz`),
  ];
  return { exec: { command: ["bash", "-c", checks.join(" && ")] } };
}

export function withProbes(container: Container, input: ProbeInput): Container {
  const { isHead, isRayService } = input;
  const timeoutSeconds = isHead ? 5 : 2;
  const common = { timeoutSeconds, periodSeconds: 5, successThreshold: 1 };
  const isServeWorker = isRayService && !isHead;
  const readiness = isServeWorker ? serveWorkerReadiness(input, container) : handler(input);
  return {
    ...container,
    livenessProbe: container.livenessProbe ?? {
      ...handler(input),
      initialDelaySeconds: 30,
      ...common,
      failureThreshold: 120,
    },
    readinessProbe: container.readinessProbe ?? {
      ...readiness,
      initialDelaySeconds: 10,
      ...common,
      failureThreshold: isServeWorker ? 1 : 10,
    },
  };
}
