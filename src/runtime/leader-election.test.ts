import { describe, expect, test } from "vitest";
import type { KubeObject } from "../meta/object.ts";
import { createClient } from "../kube/create-client.ts";
import { failure } from "../kube/errors.ts";
import type { ApiRequest, ApiResponse, Transport } from "../kube/transport.ts";
import { FakeClock, settled } from "../testing/fake-clock.ts";
import { LeaderElector } from "./leader-election.ts";
import { silentLogger } from "./log.ts";

interface Held extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
}

/** One lease with optimistic locking, which is all the server there is to an election. */
class LeaseServer {
  lease: Held | undefined;
  /** Not answering at all, or refusing. */
  mood: "well" | "hanging" | "refusing" = "well";
  readonly asked: string[] = [];
  #version = 0;

  readonly transport: Transport = {
    request: (request) => this.#answer(request),
    async *watch() {},
    async *stream() {},
  };

  /** As by somebody who is no candidate. */
  edit(): void {
    if (this.lease)
      this.lease = { ...this.lease, metadata: { ...this.lease.metadata, resourceVersion: String(++this.#version) } };
  }

  async #answer({ method, body, signal }: ApiRequest): Promise<ApiResponse> {
    this.asked.push(method);
    if (this.mood === "hanging")
      return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    if (this.mood === "refusing") return this.#refuse(503, "ServiceUnavailable");
    if (method === "GET") return this.lease ? this.#give(this.lease) : this.#refuse(404, "NotFound");
    if (method === "POST" && this.lease) return this.#refuse(409, "AlreadyExists");
    const sent = body as Held;
    if (method === "PUT" && sent.metadata.resourceVersion !== this.lease?.metadata.resourceVersion)
      return this.#refuse(409, "Conflict");
    this.lease = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(++this.#version) } };
    return this.#give(this.lease);
  }

  #give(body: unknown): ApiResponse {
    return { status: 200, contentType: "application/json", body };
  }

  #refuse(code: number, reason: string): ApiResponse {
    return { status: code, contentType: "application/json", body: failure(code, reason, reason) };
  }

  get holder(): unknown {
    return this.lease?.spec["holderIdentity"];
  }
}

function candidate(server: LeaseServer, clock: FakeClock, identity: string) {
  const elector = new LeaderElector({
    client: createClient(server.transport),
    clock,
    random: () => 0,
    log: silentLogger,
    namespace: "system",
    name: "leader",
    identity,
  });
  let leads = false;
  void elector.acquire().then((led) => (leads = led));
  return { elector, leads: () => leads && !elector.lost.aborted };
}

async function contest() {
  const clock = new FakeClock();
  const server = new LeaseServer();
  const first = candidate(server, clock, "first");
  await settled();
  const second = candidate(server, clock, "second");
  await settled();
  return { clock, server, first, second };
}

describe("an election", () => {
  test("is won by the first, who makes the lease and keeps it", async () => {
    const { clock, server, first, second } = await contest();
    await clock.advanceAsync(120_000);
    expect([first.leads(), second.leads(), server.holder]).toEqual([true, false, "first"]);
    expect(server.lease?.spec).toMatchObject({
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: "2026-01-01T00:00:00.000000Z",
    });
  });

  test("costs the leader one request for each renewal, and one more after somebody else has edited the lease", async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const { leads } = candidate(server, clock, "first");
    await clock.advanceAsync(10_000);
    expect(server.asked).toEqual(["GET", "POST", "PUT", "PUT", "PUT", "PUT", "PUT"]);
    server.asked.length = 0;
    server.edit();
    await clock.advanceAsync(6_000);
    expect(server.asked).toEqual(["PUT", "GET", "PUT", "PUT"]);
    expect(leads()).toBe(true);
  });

  test("is won by the second when the first gives the lease up", async () => {
    const { clock, server, first, second } = await contest();
    await first.elector.release();
    await clock.advanceAsync(2_000);
    expect([first.elector.lost.aborted, second.leads(), server.lease?.spec["leaseTransitions"]]).toEqual([
      false,
      true,
      1,
    ]);
  });

  test.each(["hanging", "refusing"] as const)(
    "is lost by a leader whose server is %s, within its deadline and before another may lead",
    async (mood) => {
      const { clock, server, first, second } = await contest();
      server.mood = mood;
      await clock.advanceAsync(9_000);
      expect(first.leads()).toBe(true);
      await clock.advanceAsync(3_000);
      expect([first.leads(), second.leads()]).toEqual([false, false]);
    },
  );

  test("is won by the second when the first has died, after the lease has run out by its own clock", async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    server.lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "leader", namespace: "system", resourceVersion: "1" },
      // A clock far behind: its renewTime says nothing.
      spec: { holderIdentity: "dead", leaseDurationSeconds: 15, renewTime: "2000-01-01T00:00:00.000000Z" },
    };
    const second = candidate(server, clock, "second");
    await clock.advanceAsync(14_000);
    expect(second.leads()).toBe(false);
    await clock.advanceAsync(2_000);
    expect(second.leads()).toBe(true);
  });

  test("ends when it is given up before it is won", async () => {
    const { clock, second } = await contest();
    await second.elector.release();
    await clock.advanceAsync(60_000);
    expect([second.leads(), second.elector.lost.aborted]).toEqual([false, false]);
  });
});
