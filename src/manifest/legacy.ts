/** Older shapes of the manifest: recognised, named, and pointed at `windlass migrate`. Pure. */
import { isMap, isScalar, type Document, type YAMLMap } from "yaml";
import type { Report } from "./walk.ts";

const mapAt = (document: Document, path: readonly string[]): YAMLMap | undefined => {
  const node = document.getIn(path, true);
  return isMap(node) ? node : undefined;
};

const migrate = "`windlass migrate FILE` shows the new form, `--write` saves it";

/** Operators that ran elsewhere, or do not run any more. */
const gone: Readonly<Record<string, string>> = {
  tf: "the operator tf was removed in 0.2.3; jobset runs the same containers",
  ray: "the operator ray was replaced by kuberay, which submits the command itself",
  batchjob: "the operator batchjob was removed in 0.2.3; jobset runs the same pods",
};
const elsewhere: Readonly<Record<string, string>> = {
  vertexai: "vertexai runs on Google Cloud's own service, not here",
  slurm: "slurm runs on a Slurm cluster, not here",
};

/** Reports an older shape; true when there is nothing left to compare with the schema. */
export function checkLegacy(document: Document, report: Report): boolean {
  const kind = document.get("kind");
  const kindNode = document.get("kind", true);
  if (kind === "IchorManifest" || document.has("docker") || document.get("version") === "0.0.2") {
    report(
      "MANIFEST_OLD",
      { node: kindNode ?? document.contents, path: "kind" },
      "this is an IchorManifest 0.0.2: `docker` became `builder`, `types.Worker` changed its fields",
      { remedy: migrate },
    );
    return true;
  }
  if (!document.has("spec") && (document.has("job") || document.has("script"))) {
    report("MANIFEST_OPERATOR", { node: document.contents, path: "" }, elsewhere["slurm"] ?? "");
    return true;
  }
  const operator = document.getIn(["spec", "operator"]);
  const node = document.getIn(["spec", "operator"], true);
  const name = typeof operator === "string" ? operator : "";
  if (elsewhere[name]) {
    report("MANIFEST_OPERATOR", { node, path: "spec.operator" }, elsewhere[name] ?? "", {
      remedy: "operators that run here: kuberay, pytorch, jax, xgboost, jobset",
    });
    return true;
  }
  if (gone[name]) {
    report("MANIFEST_OLD", { node, path: "spec.operator" }, gone[name] ?? "", { remedy: migrate });
    return true;
  }
  return checkTypes(document, name, report);
}

function checkTypes(document: Document, operator: string, report: Report): boolean {
  const types = mapAt(document, ["spec", "types"]);
  if (!types || !["pytorch", "xgboost", "jax"].includes(operator)) return false;
  for (const pair of types.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : "";
    if (key === "Worker" || key === "Master") {
      const change =
        key === "Master"
          ? "types.Master and types.Worker became one group types.worker (rank 0 is its first pod)"
          : "types.Worker became types.worker, with a lower-case w";
      report("MANIFEST_OLD", { node: pair.key, path: `spec.types.${key}` }, `${change}`, { remedy: migrate });
      return true;
    }
  }
  return false;
}
