/** exec and attach: a process's streams over numbered channels (v4 and v5.channel.k8s.io). */
import type { UnknownObject } from "../../../meta/object.ts";
import type { WebSocketChannel } from "../../../kube/transport.ts";
import type { ExecSession, NodeAgent } from "../../contracts.ts";
import { badRequest } from "../errors.ts";
import { type Call, flag, param } from "../request/call.ts";
import { containerOf } from "./log.ts";

export const execProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"] as const;
const streams = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

function framed(channel: number, data: Uint8Array): Uint8Array {
  const message = new Uint8Array(data.length + 1);
  message[0] = channel;
  message.set(data, 1);
  return message;
}

/** The verdict that ends a session. */
function verdictOf(exitCode: number): unknown {
  if (exitCode === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}

const failed = (error: unknown): unknown => ({
  metadata: {},
  status: "Failure",
  message: (error as Error).message,
  reason: "InternalError",
  code: 500,
});

async function pump(
  readable: NodeJS.ReadableStream | undefined,
  channel: WebSocketChannel,
  number: number,
): Promise<void> {
  if (!readable) return;
  for await (const chunk of readable)
    channel.send(framed(number, typeof chunk === "string" ? Buffer.from(chunk) : chunk));
}

function resize(session: ExecSession, data: Uint8Array): void {
  try {
    const { Width, Height } = JSON.parse(Buffer.from(data).toString()) as { Width: number; Height: number };
    session.resize(Width, Height);
  } catch {
    // A size that cannot be read changes nothing.
  }
}

async function feed(session: ExecSession, channel: WebSocketChannel): Promise<void> {
  for await (const message of channel.messages) {
    const data = message.subarray(1);
    if (message[0] === streams.stdin && data.length > 0) session.stdin?.write(data);
    else if (message[0] === streams.resize) resize(session, data);
    else if (message[0] === streams.close && data[0] === streams.stdin) session.stdin?.end();
  }
  // The client has gone: so has what it ran.
  session.kill();
}

/** What to run, from the query. Throws 400. Call before the upgrade, so that a refusal is an HTTP answer. */
export function execRequest(call: Call, pod: UnknownObject) {
  const command = [call.request.query?.["command"] ?? []].flat();
  if (call.subresource === "exec" && command.length === 0)
    throw badRequest("you must specify at least 1 command for the container");
  return {
    container: containerOf(pod, param(call.request, "container")),
    command,
    tty: flag(call.request, "tty"),
    stdin: flag(call.request, "stdin"),
  };
}

export async function runExec(
  agent: NodeAgent,
  run: { readonly call: Call; readonly pod: UnknownObject },
  channel: WebSocketChannel,
): Promise<void> {
  const send = (verdict: unknown) => channel.send(framed(streams.error, Buffer.from(JSON.stringify(verdict))));
  try {
    const session = await agent.exec(run.pod, execRequest(run.call, run.pod));
    void feed(session, channel);
    const output = Promise.all([
      pump(session.stdout, channel, streams.stdout),
      pump(session.stderr, channel, streams.stderr),
    ]);
    const exitCode = await session.exitCode;
    await output;
    send(verdictOf(exitCode));
  } catch (error) {
    send(failed(error));
  }
  channel.close();
}

/** Attaching follows the container's output from now on; there is no way into its standard input. */
export async function runAttach(
  agent: NodeAgent,
  run: { readonly call: Call; readonly pod: UnknownObject },
  channel: WebSocketChannel,
): Promise<void> {
  const { container } = execRequest(run.call, run.pod);
  const gone = new AbortController();
  const drain = async () => {
    for await (const _ of channel.messages) {
      // Input has nowhere to go.
    }
    gone.abort();
  };
  void drain();
  try {
    const logs = agent.logs(run.pod, { container, follow: true, tailLines: 0, signal: gone.signal });
    for await (const chunk of logs) channel.send(framed(streams.stdout, chunk));
    channel.send(framed(streams.error, Buffer.from(JSON.stringify(verdictOf(0)))));
  } catch (error) {
    channel.send(framed(streams.error, Buffer.from(JSON.stringify(failed(error)))));
  }
  channel.close();
}
