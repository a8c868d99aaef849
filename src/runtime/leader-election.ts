/**
 * Leader election on a Lease, by client-go's rules and numbers: who holds the lease renews it every 2 s and gives up
 * leading when it could not for 10 s; others take it when it has not been renewed for 15 s by their own clock.
 */
import { apiVersionOf, type KubeObject } from "../meta/object.ts";
import type { Client } from "../kube/client.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../kube/errors.ts";
import { type Clock, pause } from "./clock.ts";
import { Lease } from "../api/core/kinds.ts";
import { formatMicroTime } from "../meta/condition.ts";
import { errorText, type Logger } from "./log.ts";
import type { RuntimeMetrics } from "./runtime-metrics.ts";

export interface LeaderElectionOptions {
  readonly client: Client;
  readonly clock: Clock;
  /** Yields [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Of this process, unique among the candidates: host name and something random. */
  readonly identity: string;
  readonly metrics?: Pick<RuntimeMetrics, "leader">;
}

/** Milliseconds; client-go's defaults, which operators document. */
const leaseTimes = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 } as const;
const jitterFactor = 1.2;

interface LeaseObject extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export class LeaderElector {
  readonly #options: LeaderElectionOptions;
  readonly #stop = new AbortController();
  readonly #lost = new AbortController();
  /** The lease as last seen, and when by our own clock: other clocks are not to be trusted. */
  #seen: { readonly version: string; readonly at: number } | undefined;
  /** The lease as this process wrote it last: enough to renew it at one request, until somebody else writes it. */
  #held: LeaseObject | undefined;
  #renewing: Promise<void> | undefined;
  /** The other that was last seen to lead. */
  #leader: string | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
  }

  /** Aborts when leadership is lost: whatever the leader does has to end at once. Not on `release`. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Resolves once this process leads, and keeps the lease from then on; false when `release` was called before. */
  async acquire(): Promise<boolean> {
    const { clock, random, log, identity, name, metrics } = this.#options;
    metrics?.leader(name, false);
    while (!this.#stop.signal.aborted) {
      if (await this.#tryHold()) {
        log.info("leading", { lease: name, identity });
        metrics?.leader(name, true);
        this.#renewing = this.#renew();
        return true;
      }
      await pause(clock, leaseTimes.retryMs * (1 + jitterFactor * random()), this.#stop.signal);
    }
    return false;
  }

  /** Stops competing; a lease that is held is given up, so that the next leader need not wait for its end. */
  async release(): Promise<void> {
    const { client, clock, namespace, name, log, metrics } = this.#options;
    this.#stop.abort();
    await this.#renewing;
    if (!this.#renewing || this.#lost.signal.aborted) return;
    metrics?.leader(name, false);
    try {
      const lease = await client.get<LeaseObject>({ kind: Lease, namespace, name });
      if (lease.spec?.holderIdentity !== this.#options.identity) return;
      const now = formatMicroTime(clock.now());
      const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
      await client.update(Lease, { ...lease, spec });
    } catch (error) {
      log.warn("cannot release the lease; it will expire", { lease: name, error: errorText(error) });
    }
  }

  async #renew(): Promise<void> {
    const { clock, log, name, metrics } = this.#options;
    let renewed = clock.now().getTime();
    for (;;) {
      await pause(clock, leaseTimes.retryMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      if (await this.#tryHoldUntil(renewed + leaseTimes.renewDeadlineMs)) renewed = clock.now().getTime();
      else if (clock.now().getTime() - renewed >= leaseTimes.renewDeadlineMs) break;
    }
    log.error("leadership lost", { lease: name });
    metrics?.leader(name, false);
    this.#lost.abort(new Error(`lease ${name} was not renewed within ${leaseTimes.renewDeadlineMs / 1000} s`));
  }

  /** Gives a renewal up at the deadline: a request that hangs must not make the leader late to step down. */
  async #tryHoldUntil(deadline: number): Promise<boolean> {
    const { clock } = this.#options;
    const late = new AbortController();
    const cancel = clock.after(Math.max(0, deadline - clock.now().getTime()), () => late.abort());
    const tried = this.#tryHold(AbortSignal.any([this.#stop.signal, late.signal]));
    const aborted = new Promise<boolean>((resolve) =>
      late.signal.addEventListener("abort", () => resolve(false), { once: true }),
    );
    const held = await Promise.race([tried, aborted]);
    cancel();
    return held;
  }

  /** True when this process holds the lease now. Never rejects. */
  async #tryHold(signal?: AbortSignal): Promise<boolean> {
    try {
      return await this.#hold(signal);
    } catch (error) {
      const { log, name } = this.#options;
      const raced = isConflict(error) || isAlreadyExists(error);
      log[raced ? "debug" : "warn"]("lease not held", { lease: name, error: errorText(error) });
      return false;
    }
  }

  async #hold(signal: AbortSignal | undefined): Promise<boolean> {
    const { client, namespace, name } = this.#options;
    const held = this.#held;
    this.#held = undefined;
    const lease = held ?? (await this.#read(signal));
    if (!lease) {
      const metadata = { name, namespace };
      const made = { apiVersion: apiVersionOf(Lease), kind: Lease.kind, metadata, spec: this.#spec(undefined) };
      this.#held = await client.create<LeaseObject>(Lease, made, { signal });
      return true;
    }
    if (!this.#mayTake(lease)) {
      this.#standBy(lease.spec?.holderIdentity);
      return false;
    }
    this.#held = await client.update<LeaseObject>(Lease, { ...lease, spec: this.#spec(lease) }, { signal });
    return true;
  }

  /** Says once for whom it waits: a process that does nothing should not be silent about it. */
  #standBy(holder: string | undefined): void {
    if (this.#leader === holder) return;
    this.#leader = holder;
    this.#options.log.info("standing by", { lease: this.#options.name, leader: holder });
  }

  async #read(signal: AbortSignal | undefined): Promise<LeaseObject | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      return await client.get<LeaseObject>({ kind: Lease, namespace, name }, { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #mayTake({ metadata, spec }: LeaseObject): boolean {
    const now = this.#options.clock.now().getTime();
    const version = metadata.resourceVersion ?? "";
    if (this.#seen?.version !== version) this.#seen = { version, at: now };
    if (!spec?.holderIdentity || spec.holderIdentity === this.#options.identity) return true;
    const lasts = (spec.leaseDurationSeconds ?? leaseTimes.leaseMs / 1000) * 1000;
    return now - this.#seen.at >= lasts;
  }

  #spec(before: LeaseObject | undefined): LeaseObject["spec"] {
    const { clock, identity } = this.#options;
    const now = formatMicroTime(clock.now());
    const ours = before?.spec?.holderIdentity === identity;
    const transitions = before?.spec?.leaseTransitions ?? 0;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: leaseTimes.leaseMs / 1000,
      acquireTime: ours ? (before.spec?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: before && !ours ? transitions + 1 : transitions,
    };
  }
}
