/** Which nodes a pod accepts: nodeSelector and the required terms of its node affinity. Pure. */
import type { Pod } from "../../api/core/pod.ts";
import { matchesLabels, type Operator, type Requirement } from "../../machinery/selector.ts";
import type { Node } from "./node.ts";

interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

interface Term {
  readonly matchExpressions?: readonly Expression[];
  readonly matchFields?: readonly Expression[];
}

const operators: Readonly<Record<string, Operator>> = {
  In: "In",
  NotIn: "NotIn",
  Exists: "Exists",
  DoesNotExist: "DoesNotExist",
  Gt: "GreaterThan",
  Lt: "LessThan",
};

function requirementOf({ key, operator, values = [] }: Expression): Requirement | undefined {
  const known = operators[operator];
  return known && { key, operator: known, values };
}

/** An unknown operator matches nothing, as does a term without any expression. */
function matchesTerm({ matchExpressions = [], matchFields = [] }: Term, node: Node): boolean {
  const name = { "metadata.name": node.metadata.name ?? "" };
  const holds = (expression: Expression, labels: Readonly<Record<string, string>>) => {
    const requirement = requirementOf(expression);
    return requirement !== undefined && matchesLabels({ requirements: [requirement] }, labels);
  };
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((expression) => holds(expression, node.metadata.labels ?? {})) &&
    matchFields.every((expression) => holds(expression, name))
  );
}

function requiredTerms(pod: Pod): readonly Term[] | undefined {
  const affinity = pod.spec.affinity as
    | { nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms?: readonly Term[] } } }
    | undefined;
  return affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
}

/** The labels that the node lacks, in words; undefined when it suits. */
export function affinityMismatch(pod: Pod, node: Node): string | undefined {
  const labels = node.metadata.labels ?? {};
  const missing = Object.entries(pod.spec.nodeSelector ?? {}).filter(([key, value]) => labels[key] !== value);
  if (missing.length > 0) return missing.map(([key, value]) => `${key}=${value}`).join(", ");
  const terms = requiredTerms(pod);
  if (!terms || terms.some((term) => matchesTerm(term, node))) return undefined;
  return terms.map(describeTerm).join(" or ") || "(no term)";
}

function describeTerm({ matchExpressions = [], matchFields = [] }: Term): string {
  return [...matchExpressions, ...matchFields]
    .map(({ key, operator, values = [] }) => [key, operator.toLowerCase(), values.join("|")].filter(Boolean).join(" "))
    .join(" and ");
}
