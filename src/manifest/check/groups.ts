/** Rules about pod groups that a schema cannot say: names, counts, memory, disks, accelerators. Pure. */
import { compareQuantities, isQuantity, parseQuantity } from "../../machinery/quantity.ts";
import { checkPlacement } from "./placement.ts";
import { asGroupName, isGroupName } from "../model/group-name.ts";
import type { Field } from "../read/field.ts";
import { machinesOf } from "../model/topology.ts";
import { at, type Location, type Report } from "./report.ts";

function checkMemory(resources: Field, report: Report): void {
  const [cpus, ratio, memory] = ["cpus", "ramRatio", "memory"].map((key) => resources.get(key));
  if (ratio && memory)
    return report("MANIFEST_MEMORY", at(memory), `${resources.path} has both ramRatio and memory`, {
      remedy: "keep one of them",
    });
  if (!ratio && !memory) {
    return report("MANIFEST_MEMORY", at(resources), `${resources.path} does not set memory`, {
      remedy: "add ramRatio: 2 (GB per CPU) or memory: 4 (GB)",
    });
  }
  const gigabytes = memory
    ? memory.number
    : ratio?.number !== undefined && cpus?.number !== undefined
      ? ratio.number * cpus.number
      : undefined;
  if (gigabytes === 0)
    report("MANIFEST_MEMORY", at(memory ?? ratio ?? resources), `${resources.path} sets no memory`, {
      remedy: "set ramRatio: 2 (GB per CPU) or memory: 4 (GB)",
    });
}

const kibi = parseQuantity("1Ki");

function checkDisk(resources: Field, report: Report): void {
  const fields = ["ephemeralStorageRequest", "ephemeralStorageLimit"].map((key) => resources.get(key));
  for (const field of fields) {
    if (field?.text === undefined) continue;
    if (!isQuantity(field.text) || parseQuantity(field.text).nano < 0n)
      report("MANIFEST_STORAGE", at(field), `${field.path}: "${field.text}" is not a quantity`, {
        remedy: "use a quantity such as 20Gi or 500Mi",
      });
    else if (compareQuantities(parseQuantity(field.text), kibi) < 0) {
      report("MANIFEST_STORAGE", at(field), `${field.path}: "${field.text}" means bytes`, {
        severity: "warning",
        remedy: `write "${field.text}Gi" if you mean GB`,
      });
    }
  }
  const [request, limit] = fields.map((field) =>
    isQuantity(field?.text) ? parseQuantity(field?.text ?? "") : undefined,
  );
  if (request && limit && fields[1] && compareQuantities(limit, request) < 0)
    report("MANIFEST_STORAGE", at(fields[1]), `${fields[1].path} is less than ephemeralStorageRequest`, {
      remedy: `write ${fields[0]?.text ?? "the request"} or more`,
    });
}

function checkTopology(resources: Field, operator: string, report: Report): void {
  const tpu = resources.get("accelerators", "tpu");
  const topology = tpu?.get("topology");
  const chips = tpu?.get("tpuChipsCount")?.number;
  if (!topology?.text || chips === undefined || chips < 1) return;
  const machines = machinesOf(topology.text, chips);
  if (machines === undefined)
    report(
      "MANIFEST_TPU",
      at(topology),
      `${topology.path}: ${topology.text} cannot be divided into machines with ${chips} chips`,
      { remedy: "change topology or tpuChipsCount: 4x4 with 4 chips is 4 machines" },
    );
  else if (machines > 1 && operator !== "kuberay")
    report(
      "MANIFEST_TPU",
      at(topology),
      `${topology.path}: a slice of ${machines} machines cannot run with ${operator}`,
      { remedy: "use kuberay, or a slice that fits one machine" },
    );
}

function checkResources(group: Field, operator: string, report: Report): void {
  const resources = group.get("resources");
  if (!resources || resources.entries().length === 0) return;
  checkMemory(resources, report);
  checkDisk(resources, report);
  checkTopology(resources, operator, report);
  checkPlacement(resources, report);
}

const owned = ["address", "block", "head", "redis-password", "redis-username"];

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text.replaceAll(/^['"`\s]+(?=\{)|(?<=\})['"`\s]+$/g, ""));
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}

function checkRayParams(group: Field, report: Report): void {
  for (const [key, field, keyNode] of group.get("rayStartParams")?.entries() ?? []) {
    const where = { node: keyNode, path: field.path };
    if (owned.includes(key))
      report("MANIFEST_RAY_PARAM", where, `${field.path} is set by the operator`, { remedy: "remove it" });
    else if (key === "resources" && !isJson(String(field.value)))
      report("MANIFEST_RAY_PARAM", where, `${field.path} is not JSON`, { remedy: `write resources: '{"name": 1}'` });
  }
}

const reserved = ["head", "headgroup"];

function checkWorkers(types: Field, report: Report): void {
  const seen = new Set<string>();
  for (const group of types.get("Workers")?.items() ?? []) {
    const name = group.get("name");
    checkRayParams(group, report);
    checkResources(group, "kuberay", report);
    if (name?.text === undefined) continue;
    if (seen.has(name.text))
      report("MANIFEST_DUPLICATE", at(name), `duplicate worker group ${name.text}`, {
        remedy: "rename one of them",
      });
    seen.add(name.text);
    if (reserved.includes(name.text.toLowerCase()))
      report(
        "MANIFEST_RESERVED_NAME",
        at(name),
        `${name.path} cannot be ${name.text}: the name is reserved for the head`,
        {
          remedy: "name the group after its purpose, or workers",
        },
      );
    else if (!/^[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(name.text)) {
      const remedy = suggestion(name.text);
      report("MANIFEST_NAME", at(name), `${name.path}: "${name.text}" is not a valid group name`, { remedy });
    }
  }
}

function suggestion(name: string): string | undefined {
  const meant = asGroupName(name);
  return meant && `write ${meant}`;
}

/** Longest pod name: experiment-<8>-<4>-<group>-<job>-<pod>-<5 random>. */
const nameRoom = 63 - "experiment-12345678-1234".length - "-abcde".length;

function checkJobName(key: string, group: Field, where: Location, report: Report): void {
  const digits = (name: string) => String(Math.max((group.get(name)?.number ?? 1) - 1, 0)).length + 1;
  const room = nameRoom - 1 - digits("count") - digits("completions");
  if (!isGroupName(key)) {
    report("MANIFEST_NAME", where, `${group.path}: "${key}" is not a valid group name`, { remedy: suggestion(key) });
  } else if (key.length > room)
    report(
      "MANIFEST_NAME",
      where,
      `${group.path}: the name has ${key.length} characters; pod names have room for ${room}`,
      { remedy: `write ${key.slice(0, room).replace(/-+$/, "")} or a shorter name` },
    );
}

function checkJobGroups(types: Field, report: Report): void {
  const counts = types.entries().map(([, group]) => group.get("count")?.number ?? 1);
  if (counts.length > 0 && counts.every((count) => count === 0))
    report("MANIFEST_RANGE", at(types), `${types.path}: every group has count 0, so nothing would run`, {
      remedy: "set count: 1 for one of them",
    });
  for (const [key, group, keyNode] of types.entries()) {
    checkJobName(key, group, { node: keyNode, path: group.path }, report);
    checkResources(group, "jobset", report);
    const completions = group.get("completions")?.number ?? 1;
    const parallelisms = group.get("parallelisms");
    if (parallelisms?.number !== undefined && parallelisms.number > completions) {
      const remedy = group.get("completions")
        ? `write parallelisms: ${completions}, or completions: ${parallelisms.number}`
        : `add completions: ${parallelisms.number}`;
      report(
        "MANIFEST_COMPLETIONS",
        at(parallelisms),
        `${parallelisms.path} is ${parallelisms.number}, but completions is ${completions}`,
        { remedy },
      );
    }
  }
}

/** `worker`, and what it was called once. */
function checkWorker(types: Field, operator: string, report: Report): void {
  for (const name of ["worker", "Worker", "Master"]) {
    const group = types.get(name);
    if (group) checkResources(group, operator, report);
  }
  const count = types.get("worker", "count");
  if (count?.number === 0)
    report("MANIFEST_RANGE", at(count), `${count.path} must be at least 1, or nothing would run`, {
      remedy: "write count: 1",
    });
}

export function checkGroups(types: Field, operator: string, report: Report): void {
  if (operator === "jobset") return checkJobGroups(types, report);
  if (operator !== "kuberay") return checkWorker(types, operator, report);
  checkWorkers(types, report);
  const head = types.get("Head");
  if (!head) return;
  checkRayParams(head, report);
  checkResources(head, operator, report);
  const count = head.get("count");
  if (count?.number !== undefined && count.number > 1)
    report("MANIFEST_RANGE", at(count), `${count.path} is always 1`, { remedy: "remove it" });
}
