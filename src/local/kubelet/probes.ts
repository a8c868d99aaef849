/** Probes of containers: one attempt, and the loop that counts attempts to a verdict. */
import { request as httpRequest } from "node:http";
import { connect as secure } from "node:tls";
import type { Container, IntOrString, Probe } from "../../api/core/pod.ts";
import type { Clock } from "../../runtime/clock.ts";
import { errorText } from "../../runtime/log.ts";
import type { Dial } from "./network/sockets.ts";
import { checkHealth } from "./probe-grpc.ts";
import type { ProbeResult } from "./probe-result.ts";

export interface ProbeTarget {
  readonly ip: string;
  readonly container: Container;
  readonly dial: Dial;
  readonly exec: (argv: readonly string[], timeoutMs: number) => Promise<ProbeResult>;
}

/** A port by number, or by the name a container gave it. */
export function resolvePort(container: Container, port: IntOrString): number | undefined {
  if (typeof port === "number") return port;
  return (
    container.ports?.find(({ name }) => name === port)?.containerPort ?? (/^\d+$/.test(port) ? Number(port) : undefined)
  );
}

async function http(
  probe: NonNullable<Probe["httpGet"]>,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const port = resolvePort(target.container, probe.port);
  if (port === undefined) return { ok: false, message: `no port named ${probe.port}` };
  const given = Object.fromEntries((probe.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const host = probe.host ?? target.ip;
  const signal = AbortSignal.timeout(timeoutMs);
  const plain = await target.dial(host, port, timeoutMs);
  const socket = probe.scheme === "HTTPS" ? secure({ socket: plain, rejectUnauthorized: false }) : plain;
  return new Promise((resolve, reject) => {
    const headers = { host: `${host}:${port}`, "user-agent": "kube-probe/1.36", connection: "close", ...given };
    const request = httpRequest(
      { createConnection: () => socket, path: probe.path ?? "/", headers, signal },
      (response) => {
        response.resume();
        const { statusCode = 0 } = response;
        resolve({
          ok: statusCode >= 200 && statusCode < 400,
          message: `HTTP probe failed with statuscode: ${statusCode}`,
        });
      },
    );
    const late = `context deadline exceeded after ${timeoutMs / 1000} s`;
    request.on("error", (error) => reject(signal.aborted ? new Error(late) : error));
    request.end();
  });
}

async function tcp(port: number, host: string, timeoutMs: number, dial: Dial): Promise<ProbeResult> {
  (await dial(host, port, timeoutMs)).destroy();
  return { ok: true, message: "" };
}

async function grpc(
  { port, service = "" }: NonNullable<Probe["grpc"]>,
  { ip, dial }: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    return await checkHealth(await dial(ip, port, timeoutMs), service, late);
  } catch (error) {
    if (!late.aborted) throw error;
    return { ok: false, message: `timeout: health rpc did not complete within ${timeoutMs / 1000}s` };
  }
}

function carryOut(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) return target.exec(probe.exec.command ?? [], timeoutMs);
  if (probe.httpGet) return http(probe.httpGet, target, timeoutMs);
  if (probe.grpc) return grpc(probe.grpc, target, timeoutMs);
  const port = probe.tcpSocket && resolvePort(target.container, probe.tcpSocket.port);
  if (port === undefined) return Promise.resolve({ ok: false, message: "the probe names no port" });
  return tcp(port, probe.tcpSocket?.host ?? target.ip, timeoutMs, target.dial);
}

/** One attempt. Never rejects. */
export async function attempt(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  try {
    return await carryOut(probe, target);
  } catch (error) {
    return { ok: false, message: errorText(error) };
  }
}

export interface ProbeLoop {
  stop(): void;
}

export interface Verdicts {
  /** The success threshold was reached. */
  readonly succeeded: () => void;
  /** The failure threshold was reached. */
  readonly failed: (message: string) => void;
  /** Any single failure, for the event. */
  readonly attemptFailed: (message: string) => void;
}

/** Repeats attempts until stopped; thresholds count consecutive results. */
export function startProbe(probe: Probe, target: ProbeTarget, clock: Clock, verdicts: Verdicts): ProbeLoop {
  const { successThreshold = 1, failureThreshold = 3, periodSeconds = 10, initialDelaySeconds = 0 } = probe;
  let stopped = false;
  let successes = 0;
  let failures = 0;
  let cancel = () => {};
  const once = async (): Promise<void> => {
    const sleeps = clock.sleeps?.();
    const { ok, message } = await attempt(probe, target);
    if (stopped) return;
    // Its time ran out while nobody could answer.
    if (!ok && clock.sleeps?.() !== sleeps) return again(0);
    successes = ok ? successes + 1 : 0;
    failures = ok ? 0 : failures + 1;
    if (!ok) verdicts.attemptFailed(message);
    if (successes >= successThreshold) verdicts.succeeded();
    if (failures >= failureThreshold) verdicts.failed(message);
    if (!stopped) again(periodSeconds * 1000);
  };
  const again = (ms: number) => void (cancel = clock.after(ms, () => void once()));
  again(initialDelaySeconds * 1000);
  return {
    stop() {
      stopped = true;
      cancel();
    },
  };
}
