/** Shapes of earlier manifest versions, and operators that do not run here: one clear message each. Pure. */
import type { Field } from "../read/field.ts";
import { at, type Report } from "./report.ts";

const migrate = "`windlass migrate FILE` prints the current form; --write updates the file";
const whatRuns = "use kuberay, pytorch, jax, xgboost or jobset";
const notHere: Readonly<Record<string, string>> = {
  vertexai: "it needs Google Vertex AI",
  slurm: "it needs a Slurm cluster",
};
const removed: Readonly<Record<string, string>> = {
  tf: "the operator tf was removed in 0.2.3; jobset runs the same groups of containers",
  batchjob: "the operator batchjob was removed in 0.2.3; jobset runs the same groups of containers",
  ray: "the operator ray was removed in 0.2.3; kuberay runs Ray clusters",
};

/** How much of the manifest is too old or too foreign to be compared with today's schema. */
export type OutdatedParts = "everything" | "spec" | "types" | "nothing";

function checkOrigin(root: Field, report: Report): boolean {
  const kind = root.get("kind");
  if (kind?.text === "IchorManifest" || (root.get("version") && root.get("docker"))) {
    const message = "this manifest uses the first version (IchorManifest 0.0.2)";
    report("MANIFEST_OLD", at(kind ?? root), message, { remedy: migrate });
    return true;
  }
  const job = root.get("job");
  if (!job || root.get("spec")) return false;
  const message = "this manifest is for Slurm, which Windlass does not support";
  report("MANIFEST_OPERATOR", at(job), message, { remedy: whatRuns });
  return true;
}

/** Names that became one lower-case `worker`. */
const renamed: Readonly<Record<string, readonly string[]>> = {
  pytorch: ["Master", "Worker"],
  xgboost: ["Master", "Worker"],
  jax: ["Worker"],
};

function checkTypes(spec: Field, operator: string, report: Report): boolean {
  const types = spec.get("types");
  let found = false;
  for (const [name, field, keyNode] of types?.entries() ?? []) {
    if (!Object.hasOwn(renamed, operator) || !renamed[operator]?.includes(name)) continue;
    found = true;
    const message = `${field.path}: since 0.2.3 ${operator} has a single group, worker (lower case)${name === "Master" ? ", whose first pod has rank 0" : ""}`;
    report("MANIFEST_OLD", { node: keyNode, path: field.path }, message, { remedy: migrate });
  }
  return found;
}

/** Reports what is old, and says what need not be looked at any more. */
export function checkOlderVersions(root: Field, report: Report): OutdatedParts {
  if (checkOrigin(root, report)) return "everything";
  const spec = root.get("spec");
  const operator = spec?.get("operator");
  const name = operator?.text ?? "";
  if (!spec || !operator) return "nothing";
  if (Object.hasOwn(notHere, name)) {
    const remedy = whatRuns;
    report("MANIFEST_OPERATOR", at(operator), `the operator ${name} is not supported: ${notHere[name]}`, { remedy });
    return "spec";
  }
  if (Object.hasOwn(removed, name)) {
    report("MANIFEST_OLD", at(operator), removed[name] ?? "", { remedy: migrate });
    return "types";
  }
  return checkTypes(spec, name, report) ? "types" : "nothing";
}
