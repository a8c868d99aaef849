/**
 * Gives disk back when objects of the local cluster are deleted, by whomever: logs of pods and builds, and the images and
 * sources of experiments. It looks at what is there, at the start and a moment after each deletion; environments are left
 * to `windlass prune`, for the next run with the same requirements starts from them.
 */
import { renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { keyOf } from "../../meta/object.ts";
import { listCache } from "../../local/images/cache.ts";
import type { Images } from "../../local/images/image-store.ts";
import { removeTree } from "../../local/kubelet/folders.ts";
import { isOver } from "../../local/kubelet/plan-pod.ts";
import { allContainers } from "../../local/kubelet/state.ts";
import type { Cache } from "../../runtime/cache.ts";
import type { Clock } from "../../runtime/clock.ts";
import { errorText, type Logger } from "../../runtime/log.ts";
import type { Paths } from "../program/paths.ts";
import { isSoleUser, registerCacheUser } from "./cache-users.ts";
import { leftLogs, type Present } from "./leftovers.ts";

export interface JanitorOptions {
  /** Must be synced. */
  readonly cache: Cache;
  readonly clock: Clock;
  readonly log: Logger;
  readonly paths: Pick<Paths, "state" | "cache">;
  readonly images: Pick<Images, "pathsOf">;
}

/** Deletions within this time are swept up together. */
const gatherMs = 100;

const imageOf = ({ status, spec }: Experiment): string | undefined => status?.image ?? spec.image;

export class Janitor {
  readonly #options: JanitorOptions;
  /** Whether images or sources may be there that nobody needs. */
  #isImageLeft = true;
  #stops: (() => void)[] = [];
  #cancelSweep: (() => void) | undefined;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(options: JanitorOptions) {
    this.#options = options;
  }

  start(): void {
    const { cache, paths } = this.#options;
    registerCacheUser(paths.cache, paths.state);
    const experiments = cache.storeOf(ExperimentKind).onChange((change) => {
      if (change !== "deleted") return;
      this.#isImageLeft = true;
      this.#sweepSoon();
    });
    const pods = cache.storeOf(PodKind).onChange((change) => {
      if (change === "deleted") this.#sweepSoon();
    });
    this.#stops = [experiments, pods];
    this.#sweepSoon();
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    this.#cancelSweep?.();
    await this.#sweeping;
  }

  #sweepSoon(): void {
    this.#cancelSweep ??= this.#options.clock.after(gatherMs, () => {
      this.#cancelSweep = undefined;
      this.#sweeping = this.#sweeping
        .then(() => this.#sweep())
        .catch((error: unknown) =>
          this.#options.log.warn("cannot remove what was deleted", { error: errorText(error) }),
        );
    });
  }

  get #experiments(): readonly Experiment[] {
    return this.#options.cache.list<Experiment>({ kind: ExperimentKind });
  }

  get #present(): Present {
    const pods = this.#options.cache.list({ kind: PodKind });
    return {
      podUids: new Set(pods.map(({ metadata }) => metadata.uid ?? "")),
      experiments: new Set(this.#experiments.map(keyOf)),
    };
  }

  async #sweep(): Promise<void> {
    const { state } = this.#options.paths;
    await Promise.all(leftLogs(state, this.#present).map(({ path }) => removeTree(path)));
    await this.#removeImages();
  }

  /** While an experiment is being prepared it may be about to use any source: then nothing is removed until later. */
  #isPreparing(): boolean {
    return this.#experiments.some((experiment) => !isExperimentFinished(experiment) && !imageOf(experiment));
  }

  /** Of experiments, and of pods that outlive theirs. */
  get #usedImages(): ReadonlySet<string> {
    const pods = this.#options.cache.list<Pod>({ kind: PodKind }).filter((pod) => !isOver(pod));
    const ofPods = pods.flatMap(({ spec }) => allContainers(spec).map(({ image }) => image));
    return new Set([...this.#experiments.map(imageOf), ...ofPods].filter((image) => image !== undefined));
  }

  /** What no experiment and no pod of this cluster stands on, unless another cluster uses the same cache. */
  async #removeImages(): Promise<void> {
    const { images, paths } = this.#options;
    if (!this.#isImageLeft || this.#isPreparing() || !isSoleUser(paths.cache, paths.state)) return;
    const used = [...this.#usedImages];
    const needed = new Set((await Promise.all(used.map((image) => images.pathsOf(image)))).flat());
    if (this.#isPreparing()) return;
    this.#isImageLeft = false;
    const going = listCache(paths.cache).filter(({ kind, path }) => kind !== "environment" && !needed.has(path));
    // Out of the way in this very turn; nobody can take up what is half removed.
    const aside = going.map(({ path }) => [path, join(dirname(path), `.gone-${basename(path)}`)] as const);
    for (const [path, gone] of aside) renameSync(path, gone);
    await Promise.all(aside.map(([, gone]) => removeTree(gone)));
  }
}
