/**
 * Before anything starts on the local cluster: can this manifest ever fit the machine? An experiment that can never
 * be scheduled is refused here, with the figures and the way out, instead of waiting for ever.
 */
import { Node } from "../../api/core/kinds.ts";
import type { Condition } from "../../meta/condition.ts";
import type { KubeObject } from "../../meta/object.ts";
import { type Manifest, parseManifest, planManifest, rayTypesOf } from "../../manifest/index.ts";
import { formatHumanAmount } from "../../machinery/human-quantity.ts";
import { addQuantities, compareQuantities, parseQuantity, quantityToNumber } from "../../machinery/quantity.ts";
import { timesQuantity } from "../../machinery/resources.ts";
import { builtPrefix, rayVersionOf } from "../../local/images/requirements.ts";
import { findLack, isChecked, manifestOf } from "../daemon/image-check.ts";
import { imageFacts } from "../daemon/image-facts.ts";
import { clusterErrors } from "../errors/cluster.ts";
import { environmentErrors } from "../errors/environments.ts";
import type { Target } from "../connect/target.ts";

interface NodeObject extends KubeObject {
  readonly status?: {
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly conditions?: readonly Condition[];
  };
}

/** One pod group of the plan: how many pods must run at once, and what each requests. */
export interface Demand {
  readonly name: string;
  readonly pods: number;
  readonly requests: Readonly<Record<string, string>>;
}

/** Resources (`cpu`, `memory`, …) whose sum over all groups exceeds what there is, as sentences. */
export function shortfalls(
  demands: readonly Demand[],
  allocatable: Readonly<Record<string, string>>,
): readonly string[] {
  const found: string[] = [];
  const resources = new Set(demands.flatMap((demand) => Object.keys(demand.requests)));
  for (const resource of resources) {
    let sum = parseQuantity("0");
    for (const demand of demands) {
      const request = parseQuantity(demand.requests[resource] ?? "0");
      sum = addQuantities(sum, timesQuantity(request, demand.pods));
    }
    const have = parseQuantity(allocatable[resource] ?? "0");
    if (compareQuantities(sum, have) > 0) {
      const offered = quantityToNumber(have);
      const offers = offered === 0 ? "none" : formatHumanAmount(resource, offered);
      found.push(
        `${resource}: needs ${formatHumanAmount(resource, quantityToNumber(sum))}, this machine offers ${offers}`,
      );
    }
  }
  return found;
}

/**
 * Rejects an image that lacks what the manifest's part needs: Ray, Jupyter, TensorBoard. Requirements are looked at when
 * the environment is made; an image that the user names is not.
 */
export async function checkImage(manifestText: string, image: string, path: string): Promise<void> {
  const hasOwnEnvironment = image.startsWith(builtPrefix) || rayVersionOf(image) !== undefined;
  const manifest = manifestOf(manifestText);
  if (hasOwnEnvironment || !manifest || !isChecked(manifest)) return;
  const place = `this machine's own environment, in which image ${image} runs,`;
  const lack = findLack(manifest, await imageFacts(path, undefined), place);
  if (lack) throw environmentErrors.IMAGE_INCOMPLETE(lack.message, lack.remedy);
}

/** Nodes of a Ray cluster serve their metrics on one port: with one network for all of them, a second one never starts. */
export function checkNetwork(manifest: Manifest, conditions: readonly Condition[]): void {
  const network = conditions.find(({ type }) => type === "WindlassNetwork");
  if (manifest.spec.operator !== "kuberay" || network?.status !== "False") return;
  const { Workers } = rayTypesOf(manifest);
  if (Workers.every(({ count = 0 }) => count === 0)) return;
  throw clusterErrors.SHARED_NETWORK(network.message);
}

/** Rejects with UserError when the manifest can never run on the local node. */
export async function preflight(target: Target, manifestText: string): Promise<void> {
  const { manifest } = parseManifest(manifestText, { file: "manifest.yaml" });
  if (!manifest) return;
  const nodes = await target.client.list<NodeObject>(Node);
  const { allocatable, conditions = [] } = nodes.items[0]?.status ?? {};
  if (!allocatable) return;
  checkNetwork(manifest, conditions);
  const missing = shortfalls(planManifest(manifest).demands, allocatable);
  if (missing.length > 0) throw clusterErrors.DOES_NOT_FIT(missing);
}
