/**
 * The cluster that simulated operators work on: the embedded API server with its collectors and Job controller, on a clock that moves
 * only when nothing is left to do. It outlives the operators' processes, and nothing ever fails in it.
 */
import { Namespace } from "../../api/core/kinds.ts";
import { CustomResourceDefinition } from "../../api/core/kinds.ts";
import type { KubeObject } from "../../meta/object.ts";
import type { Client } from "../../kube/client.ts";
import { createClient } from "../../kube/create-client.ts";
import type { Transport } from "../../kube/transport.ts";
import { createApiServer } from "../../local/apiserver/server.ts";
import { memoryJournal, Store } from "../../local/store/index.ts";
import { createCollectors } from "../../local/workloads/index.ts";
import { createManager } from "../../runtime/manager.ts";
import type { AnyControllerSpec } from "../../runtime/spec.ts";
import { FakeClock, settled } from "../fake-clock.ts";
import { playKubelet } from "./kubelet.ts";
import { sortOf } from "./requests.ts";
import { seededRandom } from "../../machinery/seeded-random.ts";

export interface ClusterOptions {
  readonly definitions?: readonly KubeObject[];
  /** Controllers that belong to the cluster: of Jobs, of claims. */
  readonly builtIn?: readonly AnyControllerSpec[];
}

/** Nothing that anybody waits for takes longer: no time-out, nor the second try of a watch, nor a question that is asked again. */
const restMs = 12_000;
/** A run that goes on for longer never ends. */
const longestMs = 30 * 60_000;
const mostWrites = 3_000;

export class Cluster {
  readonly clock = new FakeClock();
  readonly store = new Store(memoryJournal());
  readonly client: Client;
  /** To be wrapped for each process of an operator. */
  readonly transport: Transport;
  readonly #latest: string[] = [];
  #random = seededRandom(1);
  #requests = 0;
  #open = 0;
  #writes = 0;
  #askedAt = 0;

  constructor() {
    const { clock, store } = this;
    const server = createApiServer({ clock, store, random: () => this.#random() });
    this.transport = this.#watched(server.transport);
    this.client = createClient(this.transport, { fieldManager: "cluster" });
    playKubelet({ clock, store, client: this.client });
  }

  async start({ definitions = [], builtIn = [] }: ClusterOptions): Promise<this> {
    const { client, clock } = this;
    for (const definition of definitions) await client.create(CustomResourceDefinition, definition);
    const random = seededRandom(2);
    const manager = createManager({ client, clock, random, settleMs: 5 }, builtIn);
    await Promise.all([manager.start(), createCollectors({ client, clock, random }).start()]);
    await this.rest();
    return this;
  }

  /** Begins a run: from here on names and uids are drawn as `seed` says. */
  async open(namespace: string, seed: number): Promise<void> {
    this.#random = seededRandom(seed);
    this.#latest.length = 0;
    await this.client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  }

  /** Forgets everything in the namespace, whatever its finalizers. */
  async discard(namespace: string): Promise<void> {
    for (const resource of this.store.resources)
      for (const { metadata } of this.store.list(resource))
        if (metadata.namespace === namespace) this.store.remove(resource, `${namespace}/${metadata.name}`);
    this.store.remove("namespaces", namespace);
    await this.quiet();
  }

  /** Resolves when every request has its answer, and nobody has anything to do at this very time. */
  async quiet(): Promise<void> {
    for (let idle = 0; idle < 2; ) {
      const before = this.#requests;
      await settled();
      idle = this.#open === 0 && before === this.#requests ? idle + 1 : 0;
    }
  }

  /** Lets time pass, timer by timer. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.now().getTime() + ms;
    await this.quiet();
    for (let left = ms; left > 0; left = until - this.clock.now().getTime()) {
      this.clock.advance(Math.min(left, this.clock.nextIn ?? left));
      await this.quiet();
    }
  }

  /** Somebody asks for something. */
  ask(): void {
    this.#askedAt = this.clock.now().getTime();
  }

  /** Lets time pass until nobody has asked for anything for as long as anybody waits. */
  async rest(): Promise<void> {
    const now = () => this.clock.now().getTime();
    const [began, before] = [now(), this.#writes];
    this.#askedAt = began;
    await this.quiet();
    for (let left = restMs; left > 0; left = this.#askedAt + restMs - now()) {
      this.clock.advance(Math.min(left, this.clock.nextIn ?? left));
      await this.quiet();
      if (now() - began > longestMs || this.#writes - before > mostWrites)
        throw new Error(
          `it did not come to rest within ${(now() - began) / 1000} s and ${this.#writes - before} writes; the last were\n${this.#latest.join("\n")}`,
        );
    }
  }

  #watched(inner: Transport): Transport {
    return {
      ...inner,
      request: async (request) => {
        const { sort } = sortOf(request);
        this.#requests++;
        this.#open++;
        try {
          const answer = await inner.request(request);
          if (sort === "write") this.#wrote(`${answer.status} ${request.method} ${request.path}`);
          return answer;
        } finally {
          this.#open--;
        }
      },
    };
  }

  #wrote(line: string): void {
    this.#writes++;
    this.ask();
    this.#latest.push(line);
    if (this.#latest.length > 20) this.#latest.shift();
  }
}
