/** Rules that no schema can say: between fields, and about what Kubernetes and Ray will make of them. Pure. */
import { isMap, isScalar, type Document } from "yaml";
import { isQuantity, parseQuantity, compareQuantities } from "../machinery/quantity.ts";
import { closest } from "../machinery/did-you-mean.ts";
import { groupsOf, type Manifest, type PodGroup, rayTypesOf } from "./model.ts";
import { parseTimeout } from "./timeout.ts";
import type { Report } from "./walk.ts";

interface Context {
  readonly manifest: Manifest;
  readonly document: Document;
  readonly report: Report;
}

type Rule = (context: Context) => void;

const nodeAt = (document: Document, path: readonly (string | number)[]): unknown => {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (node !== undefined) return node;
  }
  return document.contents;
};

/** The key's own node in a map, for problems that are about the name. */
function keyNode(document: Document, path: readonly string[], key: string): unknown {
  const parent = document.getIn(path, true);
  return isMap(parent) ? parent.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.key : parent;
}

const text = (path: readonly (string | number)[]) =>
  path.reduce<string>(
    (all, part) => (typeof part === "number" ? `${all}[${part}]` : all ? `${all}.${part}` : part),
    "",
  );

/** Path of each pod group, with the group. */
function located(
  manifest: Manifest,
): readonly { readonly path: readonly (string | number)[]; readonly group: PodGroup; readonly name: string }[] {
  const base = ["spec", "types"];
  if (manifest.spec.operator !== "kuberay")
    return groupsOf(manifest).map(([name, group]) => ({ name, group, path: [...base, name] }));
  const { Head, Workers } = rayTypesOf(manifest);
  return [
    { name: "Head", group: Head, path: [...base, "Head"] },
    ...Workers.map((group, index) => ({ name: group.name, group, path: [...base, "Workers", index] })),
  ];
}

const groupName = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const longestName = 30;

const names: Rule = ({ manifest, document, report }) => {
  const { operator } = manifest.spec;
  const seen = new Set<string>();
  for (const { name, path } of located(manifest)) {
    if (name === "Head" || (operator !== "kuberay" && operator !== "jobset")) continue;
    const node =
      operator === "jobset" ? keyNode(document, ["spec", "types"], name) : nodeAt(document, [...path, "name"]);
    const place = { node, path: operator === "jobset" ? text(path) : text([...path, "name"]) };
    const lower = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, "-")
      .replaceAll(/^[-0-9]+|-+$/g, "");
    if (!groupName.test(name))
      report("MANIFEST_NAME", place, `"${name}" cannot be the name of a pod group`, {
        remedy: lower ? `for example: ${lower}` : undefined,
      });
    else if (name.length > longestName)
      report(
        "MANIFEST_NAME",
        place,
        `"${name}" is longer than ${longestName} characters; names of pods are made of it`,
      );
    else if (operator === "kuberay" && (name === "head" || name === "headgroup"))
      report("MANIFEST_NAME", place, `a worker group may not be called ${name}: that is the head's own name in Ray`);
    if (seen.has(name)) report("MANIFEST_DUPLICATE", place, `two worker groups are called "${name}"`);
    seen.add(name);
  }
};

const memory: Rule = ({ manifest, document, report }) => {
  for (const { path, group } of located(manifest)) {
    const { ramRatio, memory: absolute, cpus } = group.resources;
    const node = nodeAt(document, [...path, "resources"]);
    const place = { node, path: text([...path, "resources"]) };
    if (ramRatio !== undefined && absolute !== undefined)
      report(
        "MANIFEST_MEMORY",
        { ...place, node: nodeAt(document, [...path, "resources", "memory"]) },
        "both memory and ramRatio are given",
        { remedy: "keep one of them" },
      );
    if (ramRatio === undefined && absolute === undefined)
      report("MANIFEST_MEMORY", place, "neither memory nor ramRatio is given", {
        remedy: "add ramRatio: 2 for 2 GB per CPU, or memory: 4 for 4 GB",
      });
    if (cpus === 0)
      report(
        "MANIFEST_RANGE",
        { node: nodeAt(document, [...path, "resources", "cpus"]), path: text([...path, "resources", "cpus"]) },
        "cpus must be more than 0",
      );
  }
};

const counts: Rule = ({ manifest, document, report }) => {
  for (const { path, group, name } of located(manifest)) {
    const { count, completions = 1, parallelisms = 1 } = group;
    const least = manifest.spec.operator === "kuberay" || manifest.spec.operator === "jobset" ? 0 : 1;
    if (name !== "Head" && count !== undefined && count < least) {
      report(
        "MANIFEST_RANGE",
        { node: nodeAt(document, [...path, "count"]), path: text([...path, "count"]) },
        `${text([...path, "count"])} must be at least ${least}: there is no run without a pod`,
      );
    }
    if (name === "Head" && count !== undefined && count !== 1) {
      report(
        "MANIFEST_RANGE",
        { node: nodeAt(document, [...path, "count"]), path: text([...path, "count"]) },
        "a Ray cluster has exactly one head",
      );
    }
    if (parallelisms > completions) {
      const where = [...path, "parallelisms"];
      report(
        "MANIFEST_COMPLETIONS",
        { node: nodeAt(document, where), path: text(where) },
        `${parallelisms} pods cannot run at once where there are ${completions} to complete`,
        { remedy: `parallelisms: ${completions}, or more completions` },
      );
    }
  }
  const { operator } = manifest.spec;
  const isEmpty = operator === "jobset" && located(manifest).every(({ group }) => group.count === 0);
  if (isEmpty)
    report(
      "MANIFEST_RANGE",
      { node: nodeAt(document, ["spec", "types"]), path: "spec.types" },
      "every count is 0: nothing would run",
    );
};

const timeouts: Rule = ({ manifest: { spec }, document, report }) => {
  if (spec.timeout !== undefined && parseTimeout(spec.timeout) === undefined) {
    report(
      "MANIFEST_TIMEOUT",
      { node: nodeAt(document, ["spec", "timeout"]), path: "spec.timeout" },
      `"${spec.timeout}" is not a time-out`,
      { remedy: 'for example: "1d 6h 30m"' },
    );
  }
  if (spec.timeout !== undefined && spec.activeDeadlineSeconds !== undefined) {
    report(
      "MANIFEST_TIMEOUT_TWICE",
      { node: nodeAt(document, ["spec", "activeDeadlineSeconds"]), path: "spec.activeDeadlineSeconds" },
      "activeDeadlineSeconds is not used, for timeout is there, too",
      { severity: "warning" },
    );
  }
};

const storage: Rule = ({ manifest, document, report }) => {
  for (const { path, group } of located(manifest)) {
    const { ephemeralStorageRequest: request, ephemeralStorageLimit: limit } = group.resources;
    for (const [field, value] of Object.entries({ ephemeralStorageRequest: request, ephemeralStorageLimit: limit })) {
      if (value === undefined) continue;
      const where = [...path, "resources", field];
      const place = { node: nodeAt(document, where), path: text(where) };
      if (!isQuantity(value))
        report("MANIFEST_STORAGE", place, `"${value}" is not a quantity`, { remedy: 'for example: "20Gi"' });
      else if (/^\d+$/.test(value))
        report("MANIFEST_STORAGE", place, `"${value}" means ${value} bytes`, {
          severity: "warning",
          remedy: `"${value}Gi" for gigabytes`,
        });
    }
    if (
      request &&
      limit &&
      isQuantity(request) &&
      isQuantity(limit) &&
      compareQuantities(parseQuantity(limit), parseQuantity(request)) < 0
    ) {
      const where = [...path, "resources", "ephemeralStorageLimit"];
      report(
        "MANIFEST_STORAGE",
        { node: nodeAt(document, where), path: text(where) },
        `the limit ${limit} is below the request ${request}`,
      );
    }
  }
};

const ownedParams = new Set(["address", "block", "head", "redis-password", "redis-username", "labels"]);

const rayParams: Rule = ({ manifest, document, report }) => {
  if (manifest.spec.operator !== "kuberay") return;
  for (const { path, group } of located(manifest)) {
    for (const key of Object.keys(group.rayStartParams ?? {})) {
      const where = [...path, "rayStartParams", key];
      const place = { node: keyNode(document, [...path, "rayStartParams"] as string[], key), path: text(where) };
      if (ownedParams.has(key))
        report("MANIFEST_RAY_PARAM", place, `rayStartParams.${key} is set by the operator`, { remedy: "take it out" });
      else if (key.startsWith("--"))
        report("MANIFEST_RAY_PARAM", place, `rayStartParams.${key}: parameters are written without dashes`, {
          remedy: key.replace(/^-+/, ""),
        });
    }
  }
};

const debugging: Rule = ({ manifest: { spec }, document, report }) => {
  const { jupyter, vscode } = spec.debug ?? {};
  const wantsJupyter = jupyter === true || (typeof jupyter === "object" && jupyter.enabled === true);
  if (wantsJupyter && spec.operator !== "kuberay")
    report(
      "MANIFEST_DEBUG",
      { node: nodeAt(document, ["spec", "debug", "jupyter"]), path: "spec.debug.jupyter" },
      `Jupyter debugging is for kuberay, not for ${spec.operator}`,
      { remedy: "spec.debug.vscode.enabled: true" },
    );
  if (vscode?.enabled && spec.operator === "kuberay")
    report(
      "MANIFEST_DEBUG",
      { node: nodeAt(document, ["spec", "debug", "vscode"]), path: "spec.debug.vscode" },
      "VS Code debugging is not for kuberay",
      { remedy: "spec.debug.jupyter.enabled: true" },
    );
};

const images: Rule = ({ manifest: { spec, builder }, document, report }) => {
  if (builder?.image && spec.image && builder.image !== spec.image) {
    report(
      "MANIFEST_IMAGE",
      { node: nodeAt(document, ["spec", "image"]), path: "spec.image" },
      `the builder makes "${builder.image}", and "${spec.image}" is run`,
      { severity: "warning", remedy: "give both the same name" },
    );
  }
  if (!builder?.image && !spec.image)
    report(
      "MANIFEST_IMAGE",
      { node: nodeAt(document, ["spec"]), path: "spec.image" },
      "no image is named; on a cluster there is none to run",
      { severity: "warning", remedy: "spec.image: NAME" },
    );
};

/** Products that manifests in the wild name; others may be right, too. */
const products = [
  "nvidia-tesla-t4",
  "Tesla-T4",
  "T4",
  "t4",
  "nvidia-tesla-p4",
  "M60",
  "NVIDIA-A10",
  "A10",
  "NVIDIA-L4",
  "NVIDIA-L40S",
  "Quadro-RTX-4000",
  "Tesla-V100-SXM2-16GB",
  "Tesla-V100-SXM3-32GB",
  "NVIDIA-A100-SXM4-40GB",
  "NVIDIA-A100-SXM4-80GB",
  "NVIDIA-A100-PCIE-40GB",
  "A100-SXM4-80GB",
  "NVIDIA-H100-80GB-HBM3",
  "NVIDIA-H100-PCIe",
  "NVIDIA-H200",
  "NVIDIA-B200",
  "NVIDIA-A100-SXM4-40GB-MIG-3g.20gb",
  "NVIDIA-A100-SXM4-80GB-MIG-3g.40gb",
  "NVIDIA-H100-80GB-HBM3-MIG-3g.40gb",
];

const gpus: Rule = ({ manifest, document, report }) => {
  for (const { path, group } of located(manifest)) {
    const { count = 0, product } = group.resources.accelerators?.gpu ?? {};
    if (count === 0 || !product || products.includes(product)) continue;
    const where = [...path, "resources", "accelerators", "gpu", "product"];
    const near = closest(product, products);
    const remedy = near
      ? `did you mean ${near}?`
      : "`kubectl get nodes -L nvidia.com/gpu.product` shows what the cluster has";
    report(
      "MANIFEST_PRODUCT",
      { node: nodeAt(document, where), path: text(where) },
      `"${product}" is no GPU product that is known here; pods wait for a node of exactly that name`,
      { severity: "warning", remedy },
    );
  }
};

const all: readonly Rule[] = [names, memory, counts, timeouts, storage, rayParams, debugging, images, gpus];

/** `manifest` has the right shape; its values may still be wrong together. */
export function checkSemantics(context: Context): void {
  for (const rule of all) rule(context);
}
