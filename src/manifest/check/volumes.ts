/** Rules about volumes: claims that are named, and places that do not get in each other's way. Pure. */
import { isDns1123Subdomain } from "../../machinery/names.ts";
import type { Field } from "../read/field.ts";
import { sharedMemoryMount, tensorboardMount } from "../model/mount-paths.ts";
import { at, type Report } from "./report.ts";

/** Claims and storage classes are objects: their names are. */
function checkName(name: Field | undefined, what: string, report: Report): void {
  if (name?.text === undefined || isDns1123Subdomain(name.text).length === 0) return;
  report("MANIFEST_CLAIM", at(name), `${name.path}: "${name.text}" is not a valid name for a ${what}`, {
    remedy: "use lower-case letters, digits, '-' and '.', starting and ending with a letter or digit",
  });
}

const usesLogClaim = (spec: Field) => spec.get("tensorboard", "usePVC", "enabled")?.value === true;

function checkLogClaim(spec: Field, report: Report): void {
  const claim = spec.get("tensorboard", "usePVC");
  const name = claim?.get("name");
  if (!claim || !usesLogClaim(spec)) return;
  if (!name?.value)
    report("MANIFEST_CLAIM", at(name ?? claim), `${claim.path} has no claim name`, { remedy: "add name: my-claim" });
  else checkName(name, "claim", report);
}

function usesSharedMemory(spec: Field): boolean {
  const types = spec.get("types");
  const groups = [...(types?.entries() ?? []).map(([, group]) => group), ...(types?.get("Workers")?.items() ?? [])];
  return groups.some((group) => (group.get("resources", "shmSizeGB")?.number ?? 0) > 0);
}

/** Paths that are mounted already, and by what. */
function taken(spec: Field): Map<string, string> {
  const mounts = new Map<string, string>();
  if (usesSharedMemory(spec)) mounts.set(sharedMemoryMount, "the shared memory of shmSizeGB");
  if (usesLogClaim(spec)) mounts.set(tensorboardMount, "TensorBoard's claim");
  return mounts;
}

const isAbsolute = (path: string) => /^\/./.test(path) && !path.includes(":") && !path.split("/").includes("..");

function checkHostPath(field: Field | undefined, report: Report): void {
  if (field?.text === undefined || isAbsolute(field.text)) return;
  report("MANIFEST_MOUNT", at(field), `${field.path}: "${field.text}" is not an absolute path`, {
    remedy: "use a path such as /data/imagenet; --mount takes relative folders",
  });
}

function checkMounts(spec: Field, report: Report): void {
  const storage = spec.get("storage");
  const folders = storage?.get("mounts")?.items() ?? [];
  const lists = [...(storage?.get("attachExistingPVCs")?.items() ?? []), ...folders];
  for (const folder of folders) checkHostPath(folder.get("hostPath"), report);
  const seen = taken(spec);
  for (const mount of [storage?.get("sharedVolume", "mountPoint"), ...lists.map((one) => one.get("mountPoint"))]) {
    if (mount?.text === undefined) continue;
    const path = mount.text.replace(/(?<=.)\/+$/, "");
    if (!isAbsolute(path)) {
      report("MANIFEST_MOUNT", at(mount), `${mount.path}: "${mount.text}" is not an absolute path`, {
        remedy: "use a path such as /mnt/data",
      });
    } else if (seen.has(path))
      report("MANIFEST_MOUNT", at(mount), `${mount.path}: ${path} is already the mount path of ${seen.get(path)}`, {
        remedy: "choose another mount path",
      });
    seen.set(path, "another volume");
  }
}

export function checkVolumes(spec: Field, report: Report): void {
  checkLogClaim(spec, report);
  checkMounts(spec, report);
  const storage = spec.get("storage");
  checkName(storage?.get("sharedVolume", "storageClass"), "storage class", report);
  for (const claim of storage?.get("attachExistingPVCs")?.items() ?? []) checkName(claim.get("name"), "claim", report);
}
