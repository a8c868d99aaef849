import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { eventually } from "../../testing/eventually.ts";
import { waitForRanks } from "./rank-barrier.ts";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Runs the container of a rank as a process of this machine, every host name being this machine's. */
function start(
  rank: number,
  barrier: { readonly size: number; readonly port: number; readonly seconds: number; readonly hosts?: string },
  more: Readonly<Record<string, string>> = {},
) {
  const { command = [], args = [], env = [] } = waitForRanks({ image: "i", hosts: "localhost", ...barrier });
  const given = Object.fromEntries(env.map(({ name, value }) => [name, value ?? String(rank)]));
  const [shell = "", ...flags] = command;
  const child = spawn(shell, [...flags, ...args], { env: { PATH: process.env["PATH"], ...given, ...more } });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.once("close", (status) => resolve({ status, output })));
  return { child, ended, output: () => output };
}

describe("the barrier of ranks", () => {
  it("lets all go when the last has come, in whatever order they come", async () => {
    const barrier = { size: 3, port: await freePort(), seconds: 60 };
    const [two, zero] = [start(2, barrier), start(0, barrier)];
    await eventually(
      () => zero.output().includes("waiting for 1 of 3 ranks: rank 1 (localhost)"),
      "the barrier tells whom it waits for",
    );
    await eventually(
      () => two.output().includes("waiting for 1 of 3 ranks: rank 1 (localhost)"),
      "the barrier tells whom it waits for",
    );
    const one = start(1, barrier);
    for (const { status, output } of await Promise.all([zero.ended, one.ended, two.ended])) {
      expect(output).toMatch(/all 3 ranks are there\n$/);
      expect(output).not.toContain("Traceback");
      expect(status).toBe(0);
    }
  }, 30_000);

  it("names who is missing at the deadline", async () => {
    const zero = start(0, { size: 4, port: await freePort(), seconds: 1 });
    const { status, output } = await zero.ended;
    expect(status).toBe(1);
    expect(output).toContain(
      "rank 1 (localhost), rank 2 (localhost), rank 3 (localhost) did not appear within 1 s: 3 of 4 ranks missing",
    );
  }, 30_000);

  it("counts a rank that died while it waited as missing again", async () => {
    const barrier = { size: 3, port: await freePort(), seconds: 60 };
    const [zero, one] = [start(0, barrier), start(1, barrier)];
    await eventually(
      () => zero.output().includes("waiting for 1 of 3 ranks: rank 2"),
      "the barrier tells whom it waits for",
    );
    one.child.kill("SIGKILL");
    await eventually(
      () => /waiting for 2 of 3 ranks: rank 1 .*, rank 2/.test(zero.output().split("1 of 3").at(-1) ?? ""),
      "the barrier tells whom it waits for",
    );
    zero.child.kill("SIGKILL");
    await zero.ended;
  }, 30_000);

  it("takes no rank of another program for its own, and waits for a port that is taken", async () => {
    const port = await freePort();
    const mine = start(0, { size: 2, port, seconds: 2 });
    await eventually(() => mine.output().includes("waiting for 1 of 2 ranks"), "the barrier tells whom it waits for");
    const others = [0, 1].map((rank) => start(rank, { size: 2, port, seconds: 60, hosts: "127.0.0.1" }));
    await eventually(
      () => others[0]?.output().includes(`rank 0 (127.0.0.1) cannot listen on port ${port}: `),
      "the other tells that the port is taken",
    );
    expect((await mine.ended).output).toContain("rank 1 (localhost) did not appear within 2 s");
    for (const { status, output } of await Promise.all(others.map(({ ended }) => ended))) {
      expect(output).toMatch(/all 2 ranks are there\n$/);
      expect(output).not.toContain("Traceback");
      expect(status).toBe(0);
    }
  }, 30_000);

  it("names the port that stayed taken until the deadline", async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, resolve));
    const { status, output } = await start(0, { size: 2, port, seconds: 1 }).ended;
    server.close();
    expect(output).toMatch(new RegExp(`rank 0 \\(localhost\\) cannot listen on port ${port}: .+in use.*\n$`));
    expect(status).toBe(1);
  }, 30_000);

  it("says so without Python, and lets the program start", async () => {
    const { status, output } = await start(0, { size: 2, port: 1, seconds: 1 }, { PATH: "/nowhere" }).ended;
    expect([status, output]).toEqual([0, "no python3 in this image: not waiting for the other ranks\n"]);
  });
});
