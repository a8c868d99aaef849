/** Probes of containers: one attempt, and the loop that counts attempts to a verdict. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { Container, IntOrString, Probe } from "../../api/core/pod.ts";
import type { Clock } from "../../runtime/clock.ts";

export interface ProbeResult {
  readonly ok: boolean;
  readonly message: string;
}

export interface ProbeTarget {
  readonly ip: string;
  readonly container: Container;
  readonly exec: (argv: readonly string[], timeoutMs: number) => Promise<ProbeResult>;
}

/** A port by number, or by the name a container gave it. */
export function resolvePort(container: Container, port: IntOrString): number | undefined {
  if (typeof port === "number") return port;
  return (
    container.ports?.find(({ name }) => name === port)?.containerPort ?? (/^\d+$/.test(port) ? Number(port) : undefined)
  );
}

function http(probe: NonNullable<Probe["httpGet"]>, target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  const port = resolvePort(target.container, probe.port);
  if (port === undefined) return Promise.resolve({ ok: false, message: `no port named ${probe.port}` });
  const send = probe.scheme === "HTTPS" ? httpsRequest : httpRequest;
  const headers = Object.fromEntries((probe.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  return new Promise((resolve) => {
    const request = send(
      {
        host: probe.host ?? target.ip,
        port,
        path: probe.path ?? "/",
        headers: { "user-agent": "kube-probe/1.36", ...headers },
        timeout: timeoutMs,
        rejectUnauthorized: false,
        agent: false,
      },
      (response) => {
        response.resume();
        const { statusCode = 0 } = response;
        resolve({
          ok: statusCode >= 200 && statusCode < 400,
          message: `HTTP probe failed with statuscode: ${statusCode}`,
        });
      },
    );
    request.on("timeout", () => request.destroy(new Error(`context deadline exceeded after ${timeoutMs / 1000} s`)));
    request.on("error", (error) => resolve({ ok: false, message: error.message }));
    request.end();
  });
}

function tcp(port: number, host: string, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (ok: boolean, message: string) => {
      socket.destroy();
      resolve({ ok, message });
    };
    socket.on("connect", () => end(true, ""));
    socket.on("timeout", () => end(false, `dial tcp ${host}:${port}: i/o timeout`));
    socket.on("error", (error) => end(false, error.message));
  });
}

/** One attempt. Never rejects. */
export async function attempt(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) return target.exec(probe.exec.command ?? [], timeoutMs);
  if (probe.httpGet) return http(probe.httpGet, target, timeoutMs);
  const port = probe.tcpSocket ? resolvePort(target.container, probe.tcpSocket.port) : probe.grpc?.port;
  if (port === undefined) return { ok: false, message: "the probe names no port" };
  return tcp(port, probe.tcpSocket?.host ?? target.ip, timeoutMs);
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
    const { ok, message } = await attempt(probe, target);
    if (stopped) return;
    successes = ok ? successes + 1 : 0;
    failures = ok ? 0 : failures + 1;
    if (!ok) verdicts.attemptFailed(message);
    if (successes >= successThreshold) verdicts.succeeded();
    if (failures >= failureThreshold) verdicts.failed(message);
    if (!stopped) cancel = clock.after(periodSeconds * 1000, () => void once());
  };
  cancel = clock.after(initialDelaySeconds * 1000, () => void once());
  return {
    stop() {
      stopped = true;
      cancel();
    },
  };
}
