/** What Ray says in `ray status` of tasks, actors and placement groups that find no place. Pure. */

/** Resources by Ray's names: `CPU` and `GPU` in pieces, `memory` in bytes. */
export type RayResources = Readonly<Record<string, number>>;

export interface RayDemand {
  readonly what: "tasks/actors" | "placement groups";
  /** Of one task or actor, or of one bundle of a placement group. */
  readonly resources: RayResources;
  /** At least so many. */
  readonly count: number;
}

const line = /^\s*(\{.*\}.*): (\d+)\+? pending (tasks\/actors|placement groups)/;
const bundle = /\{[^{}]*\}/g;
const entry = /'([^']+)': (-?[\d.]+(?:e[+-]?\d+)?)/g;

const resourcesIn = (text: string): RayResources =>
  Object.fromEntries([...text.matchAll(entry)].map(([, name = "", amount]) => [name, Number(amount)]));

/** `status`: the text of `ray status`, which the dashboard gives as `cluster_status?format=1`. */
export function parseDemands(status: string): readonly RayDemand[] {
  return status.split("\n").flatMap((text) => {
    const [, given = "", count, what] = line.exec(text) ?? [];
    const bundles = (given.match(bundle) ?? []).map(resourcesIn);
    return bundles.map((resources) => ({ what: what as RayDemand["what"], resources, count: Number(count) }));
  });
}
