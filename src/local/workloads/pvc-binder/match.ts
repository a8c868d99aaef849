/** Which PersistentVolume a claim gets: Kubernetes' rules for volumes that are there already. Pure. */
import type { Claim, PersistentVolume } from "../../../api/core/volume.ts";
import { compareQuantities, parseQuantity } from "../../../machinery/quantity.ts";
import { fromLabelSelector, matchesLabels } from "../../../machinery/selector.ts";

/** The claim that a volume names is this one; one that was reserved by name has no uid yet. */
export function isReservedFor({ spec }: PersistentVolume, { metadata }: Claim): boolean {
  const { name, namespace, uid } = spec?.claimRef ?? {};
  return name === metadata.name && namespace === metadata.namespace && (uid === undefined || uid === metadata.uid);
}

const sizeOf = (quantity: string | number | undefined) => parseQuantity(quantity ?? "0");
const capacityOf = ({ spec }: PersistentVolume) => sizeOf(spec?.capacity?.["storage"]);

const isTooSmall = (volume: PersistentVolume, { spec }: Claim) =>
  compareQuantities(capacityOf(volume), sizeOf(spec?.resources?.requests?.["storage"])) < 0;

const lacksModes = (volume: PersistentVolume, { spec }: Claim) =>
  (spec?.accessModes ?? []).some((mode) => !volume.spec?.accessModes?.includes(mode));

const differsInClass = (volume: PersistentVolume, { spec }: Claim) =>
  (volume.spec?.storageClassName ?? "") !== (spec?.storageClassName ?? "");

/** Why a volume cannot serve the claim that names it; undefined when it can. */
export function mismatch(volume: PersistentVolume, claim: Claim): string | undefined {
  if (isTooSmall(volume, claim)) return "requested PV is too small";
  if (lacksModes(volume, claim)) return "incompatible accessMode";
  return differsInClass(volume, claim) ? "storageClassName does not match" : undefined;
}

const isSelected = ({ metadata }: PersistentVolume, { spec }: Claim) =>
  spec?.selector === undefined || matchesLabels(fromLabelSelector(spec.selector), metadata.labels);

/**
 * The volume for a claim that names none: the one reserved for it, else the smallest free one of its class. A claim
 * without a class gets no volume that was not meant for it: here as on a cluster with a default class, it gets a new one.
 */
export function findVolume(volumes: readonly PersistentVolume[], claim: Claim): PersistentVolume | undefined {
  const fit = volumes.filter((volume) => !isTooSmall(volume, claim) && !lacksModes(volume, claim));
  const reserved = fit.find((volume) => isReservedFor(volume, claim));
  if (reserved || claim.spec?.storageClassName === undefined) return reserved;
  return fit
    .filter((volume) => !volume.spec?.claimRef && !differsInClass(volume, claim) && isSelected(volume, claim))
    .sort((a, b) => compareQuantities(capacityOf(a), capacityOf(b)))[0];
}
