/** The numbered channels of `v4.channel.k8s.io` and `v5.channel.k8s.io`: the first byte of each message names one. Pure. */
import type { Status } from "../meta/status.ts";
import { failure, KubeError } from "./errors.ts";

export const streams = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

export function framed(channel: number, data: Uint8Array): Uint8Array {
  const message = new Uint8Array(data.length + 1);
  message[0] = channel;
  message.set(data, 1);
  return message;
}

/** The exit status that the last message of a command tells. Throws KubeError when the command could not be run. */
export function exitStatusOf(verdict: Uint8Array): number {
  const status = JSON.parse(new TextDecoder().decode(verdict)) as Status;
  if (status.status === "Success") return 0;
  const code = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
  if (status.reason === "NonZeroExitCode" && code !== undefined) return Number(code);
  throw new KubeError({ ...status, code: status.code ?? 500 });
}

export const lostConnection = (path: string): KubeError =>
  new KubeError(failure(503, "ServiceUnavailable", `${path}: the connection ended before the command did`));
