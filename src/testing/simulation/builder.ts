/** The builder of a run: takes numbered snapshots, and makes an image of each. Remembers what it was asked for. */
import type { PodReader, SourceBuilder } from "../../controllers/experiment/controller.ts";
import { experimentLabel } from "../../api/experiment/labels.ts";
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { World } from "./scenario.ts";

export class SimulatedBuilder implements SourceBuilder {
  /** Snapshots that were built, by the experiment's name, in their order. */
  readonly built = new Map<string, string[]>();
  /** Whether builds fail. */
  fails = false;
  #snapshots = 0;

  async clone(): Promise<string> {
    return `snapshot-${++this.#snapshots}`;
  }

  async build(_: unknown, snapshot: string, { metadata: { name = "" } }: { readonly metadata: { name?: string } }) {
    this.built.set(name, [...(this.built.get(name) ?? []), snapshot]);
    if (this.fails) throw new Error("no such package");
    return { reference: `image-of-${snapshot}` };
  }
}

/** The run's own, made when it is first asked for. */
export const builderOf = (world: World): SimulatedBuilder => world.remember("builder", () => new SimulatedBuilder());

/** Reads pods as an operator does, and a line of each log. */
export function podReaderOf(world: World): PodReader {
  const of = (experiment: string) => world.list<Pod>(PodKind, { [experimentLabel]: experiment });
  return {
    failed: async (_, name) => of(name).filter(({ status }) => status?.phase === "Failed"),
    list: async (_, name) => of(name),
    lastLines: async () => ["the last line"],
  };
}
