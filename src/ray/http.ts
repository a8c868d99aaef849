/**
 * RayClient over HTTP: straight to the dashboard, or through the API server's proxy of its Service. One request per
 * call, none is repeated, each has a time-out of its own.
 */
import { text } from "node:stream/consumers";
import { Secret } from "../api/core/kinds.ts";
import { pathOf } from "../kube/client.ts";
import { createSender } from "../kube/http-sender.ts";
import type { Transport } from "../kube/transport.ts";
import type { RayJobInfo } from "../api/ray/jobs-api.ts";
import type { RayClient, RayClientFactory, RayEndpoint } from "./client.ts";

interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Ask = (question: Question) => Promise<Answer>;

const directTimeoutMs = 2_000;
const proxiedTimeoutMs = 10_000;
const maxText = 300;

const textOf = (body: unknown): string =>
  (typeof body === "string" ? body : (JSON.stringify(body) ?? "")).trim().slice(0, maxText);

const isOk = ({ status }: Answer) => status >= 200 && status < 300;

function check(answer: Answer, what: string): void {
  if (!isOk(answer)) throw new Error(`${what}: HTTP ${answer.status}: ${textOf(answer.body)}`);
}

const jobPath = (id: string) => `/api/jobs/${encodeURIComponent(id)}`;
/** What the API server itself answers, a Service that is gone for one, is a Status; all else is Ray's own word. */
const isFromRay = ({ body }: Answer) => (body as { readonly kind?: unknown } | null | undefined)?.kind !== "Status";
/** Ray refuses a submission id a second time: the first one got through, and only its answer was lost. */
const wasSubmitted = ({ status, body }: Answer) =>
  status >= 400 && textOf(body).includes("Please use a different submission_id");

function parseInfo(body: unknown): RayJobInfo {
  const info = body as Partial<RayJobInfo> | null;
  if (typeof info !== "object" || typeof info?.status !== "string")
    throw new Error(`job status: unexpected response from Ray: ${textOf(body)}`);
  const { status, message, start_time, end_time } = info;
  return {
    status,
    ...(message && { message }),
    ...(start_time && { start_time }),
    ...(end_time && { end_time }),
  };
}

/** Rays that know no format answer objects only. */
function parseClusterStatus(body: unknown): string {
  const { data } = (body ?? {}) as { readonly data?: { readonly clusterStatus?: unknown } };
  if (typeof data?.clusterStatus !== "string")
    throw new Error(`cluster status: unexpected response from Ray: ${textOf(body)}`);
  return data.clusterStatus;
}

/** The calls, over whatever carries one question. */
export function rayClient(ask: Ask): RayClient {
  return {
    async jobInfo(id, signal) {
      const answer = await ask({ method: "GET", path: jobPath(id), signal });
      if (answer.status === 404 && isFromRay(answer)) return undefined;
      check(answer, "job status");
      return parseInfo(answer.body);
    },
    async submit(request, signal) {
      const answer = await ask({ method: "POST", path: "/api/jobs/", body: request, signal });
      if (!wasSubmitted(answer)) check(answer, "job submission");
    },
    async stop(id, signal) {
      const answer = await ask({ method: "POST", path: `${jobPath(id)}/stop`, signal });
      if (answer.status !== 404) check(answer, "stopping the job");
    },
    async clusterStatus(signal) {
      const answer = await ask({ method: "GET", path: "/api/cluster_status", query: { format: "1" }, signal });
      check(answer, "cluster status");
      return parseClusterStatus(answer.body);
    },
  };
}

/** Runs `work` with a signal that aborts with the caller's, or after `ms`. */
async function within<T>(ms: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const timeout = AbortSignal.timeout(ms);
  try {
    return await work(AbortSignal.any([signal, timeout]));
  } catch (cause) {
    if (timeout.aborted && !signal.aborted) throw new Error(`Ray did not answer within ${ms / 1000} s`, { cause });
    throw cause;
  }
}

async function authHeaders(
  transport: Transport,
  { namespace, tokenSecret }: RayEndpoint,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  if (tokenSecret === undefined) return {};
  const path = pathOf(Secret, namespace, tokenSecret);
  const { status, body } = await transport.request({ method: "GET", path, signal });
  const token = (body as { readonly data?: { readonly auth_token?: string } } | undefined)?.data?.auth_token;
  if (status !== 200 || !token)
    throw new Error(
      `Secret ${namespace}/${tokenSecret} with Ray's token: ${status === 200 ? "no auth_token in it" : textOf(body)}`,
    );
  return { "x-ray-authorization": `Bearer ${Buffer.from(token, "base64").toString("utf8")}` };
}

function parseBody(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}

/** From inside the cluster, where names of Services resolve. `transport` is asked for tokens only. */
export function directRayClient(transport: Transport): RayClientFactory {
  const sender = createSender(false, {}, { connect: directTimeoutMs, headers: directTimeoutMs, body: directTimeoutMs });
  return (endpoint) =>
    rayClient(({ method, path, query = {}, body, signal: outer }) =>
      within(directTimeoutMs, outer, async (signal) => {
        const auth = await authHeaders(transport, endpoint, signal);
        const headers = { ...auth, ...(method === "POST" && { "content-type": "application/json" }) };
        const search = new URLSearchParams(query).toString();
        const url = `http://${endpoint.address}${path}${search && `?${search}`}`;
        const payload = body === undefined ? undefined : JSON.stringify(body);
        const response = await sender.send(url, { method, headers, signal, body: payload });
        return { status: response.statusCode ?? 0, body: parseBody(await text(response)) };
      }),
    );
}

/** From anywhere that reaches the API server. */
export function proxiedRayClient(transport: Transport): RayClientFactory {
  return (endpoint) =>
    rayClient(({ method, path, query, body, signal: outer }) =>
      within(proxiedTimeoutMs, outer, async (signal) => {
        const headers = await authHeaders(transport, endpoint, signal);
        const base = `/api/v1/namespaces/${endpoint.namespace}/services/${endpoint.service}:dashboard/proxy`;
        return transport.request({ method, path: `${base}${path}`, query, body, signal, headers });
      }),
    );
}
