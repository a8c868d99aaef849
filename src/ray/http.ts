/** RayClient over HTTP: straight to the dashboard, or through the API server's proxy of its Service. */
import { request as send } from "undici";
import type { Transport } from "../kube/transport.ts";
import type { RayClient, RayClientFactory, RayEndpoint, RayJobInfo } from "./client.ts";

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Ask = (method: "GET" | "POST", path: string, body: unknown, signal: AbortSignal) => Promise<Answer>;

const text = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body)).trim().slice(0, 300);

function checked({ status, body }: Answer, what: string): unknown {
  if (status >= 200 && status < 300) return body;
  throw new Error(`${what}: HTTP ${status}: ${text(body)}`);
}

function rayClient(ask: Ask): RayClient {
  return {
    async jobInfo(id, signal) {
      const answer = await ask("GET", `/api/jobs/${encodeURIComponent(id)}`, undefined, signal);
      // The proxy, too, answers 404 where the Service is gone; only Ray's own is about the job.
      if (answer.status === 404 && (answer.body as { kind?: string } | undefined)?.kind !== "Status") return undefined;
      const info = checked(answer, "job status");
      if (typeof info !== "object" || info === null) throw new Error(`job status: not JSON: ${text(info)}`);
      return info as RayJobInfo;
    },
    async submit(request, signal) {
      checked(await ask("POST", "/api/jobs/", request, signal), "job submission");
    },
    async stop(id, signal) {
      const answer = await ask("POST", `/api/jobs/${encodeURIComponent(id)}/stop`, undefined, signal);
      if (answer.status !== 404) checked(answer, "stopping the job");
    },
  };
}

const authHeaders = ({ token }: RayEndpoint): Record<string, string> =>
  token ? { "x-ray-authorization": `Bearer ${token}` } : {};

/** From inside the cluster: names of Services resolve. */
export const directRayClient: RayClientFactory = (endpoint) =>
  rayClient(async (method, path, body, signal) => {
    const headers = { ...authHeaders(endpoint), ...(body !== undefined && { "content-type": "application/json" }) };
    const response = await send(`http://${endpoint.address}${path}`, {
      method,
      headers,
      signal,
      body: body === undefined ? null : JSON.stringify(body),
    });
    const raw = await response.body.text();
    try {
      return { status: response.statusCode, body: JSON.parse(raw) };
    } catch {
      return { status: response.statusCode, body: raw };
    }
  });

/** From anywhere that reaches the API server. */
export function proxiedRayClient(transport: Transport): RayClientFactory {
  return (endpoint) =>
    rayClient(async (method, path, body, signal) => {
      const base = `/api/v1/namespaces/${endpoint.namespace}/services/${endpoint.service}:dashboard/proxy`;
      return transport.request({ method, path: `${base}${path}`, body, signal, headers: authHeaders(endpoint) });
    });
}
