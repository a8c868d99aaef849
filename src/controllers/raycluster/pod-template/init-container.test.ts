/** The script in which a worker waits for the head, run by bash against servers of every temper. */
import { spawn } from "node:child_process";
import { createServer as createHttp2Server } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { waitForGcs } from "./init-container.ts";

const container = { name: "ray-worker", image: "ray" };
const ready = "GCS is ready. Any error messages above can be safely ignored.\n";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Resolves with its port. */
function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => {})));
  stops.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
}

const scriptFor = (port: number) =>
  waitForGcs({ container, fqdn: "127.0.0.1", port: String(port), shell: [], auth: [] }).args?.[0] ?? "";

interface Waiting {
  readonly ended: Promise<string>;
  /** Resolves when it has printed it, with all that it has printed. */
  says(words: string | RegExp): Promise<string>;
}

/** `seconds`: as after so long a wait. `ray`: what Ray's own check does. */
function wait(port: number, { ray = "echo asked; return 1", seconds = 0 } = {}): Waiting {
  const text = `ray() { ${ray}; }\n${scriptFor(port).replace("SECONDS=0", `SECONDS=${seconds}`)}`;
  const child = spawn("bash", ["-c", text], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  let told = () => {};
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
    told();
  });
  const ended = new Promise<string>((resolve) => void child.once("close", () => resolve(output)));
  stops.push(() => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  });
  return {
    ended,
    says: (words) =>
      new Promise((resolve) => {
        told = () => {
          if (typeof words === "string" ? output.includes(words) : words.test(output)) resolve(output);
        };
        told();
      }),
  };
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("a GCS that serves is enough: Ray's own check, which takes long, is not run", async () => {
  expect(await wait(await listen(createHttp2Server())).ended).toBe(ready);
});

test("while nobody listens it says so again and again, without Ray", async () => {
  const output = await wait(await freePort()).says(/(.*Waiting for GCS.*\n){3}/);
  const lines = output.split("\n").filter(Boolean);
  // A machine under load makes it skip seconds.
  expect(lines.filter((line) => !/^\d+ seconds elapsed: Waiting for GCS to be ready\.$/.test(line))).toEqual([]);
});

test("a port that is open but does not answer is tried anew: the next answer ends the wait", async () => {
  const gcs = await listen(createHttp2Server());
  let connections = 0;
  const { connect } = await import("node:net");
  const silentAtFirst = createServer((socket) => {
    connections += 1;
    if (connections > 1) socket.pipe(connect(gcs, "127.0.0.1").on("error", () => {})).pipe(socket);
  });
  const output = await wait(await listen(silentAtFirst)).ended;
  expect(output).toMatch(/^\d+ seconds elapsed: Waiting for GCS to be ready\.\nGCS is ready/);
});

test.each([
  ["hangs up on what is not TLS", (socket: Socket) => socket.end()],
  ["resets the connection", (socket: Socket) => socket.resetAndDestroy()],
])("where the GCS %s, Ray's check decides", async (_, refuse) => {
  const port = await listen(createServer(refuse));
  expect(await wait(port, { ray: "return 0" }).ended).toMatch(/^\d+ seconds elapsed: Waiting for GCS.*\nGCS is ready/);
});

test("once patience is over Ray's own words are shown, and where to look", async () => {
  const waiting = wait(await freePort(), { ray: "echo connection refused; return 1", seconds: 121 });
  await waiting.says("connection refused\n");
  await waiting.says(
    "seconds elapsed: Still waiting for GCS to be ready. The head is 127.0.0.1; look at its pod and its log.\n",
  );
});

test("a GCS that serves while Ray's check runs ends the wait", async () => {
  const port = await freePort();
  const waiting = wait(port, { ray: "echo checking; exec sleep 1000", seconds: 121 });
  await waiting.says("checking\n");
  const late = createHttp2Server();
  stops.push(() => late.close());
  await new Promise<void>((resolve) => late.listen(port, "127.0.0.1", resolve));
  expect(await waiting.ended).toBe(`checking\n${ready}`);
});
