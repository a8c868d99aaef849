/** Label and field selectors of a request, as one predicate over objects. */
import type { UnknownObject } from "../../../meta/object.ts";
import {
  type FieldSelector,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseSelector,
  type Selector,
  SelectorError,
} from "../../../machinery/selector.ts";
import type { ApiRequest } from "../../../kube/transport.ts";
import { badRequest } from "../errors.ts";
import type { ResourceType } from "../kinds/registry.ts";
import { type Call, param } from "./call.ts";

export type Predicate = (object: UnknownObject) => boolean;

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

function fieldPredicate({ type }: Call, selector: FieldSelector, text: string): Predicate {
  const { kind, fields } = type;
  for (const { path } of selector) {
    if (path === "metadata.name" || path === "metadata.namespace" || fields[path]) continue;
    const group = kind.group ? `${kind.group}/${kind.version}` : `/${kind.version}`;
    throw badRequest(
      `Unable to find "${group}, Resource=${kind.resource}" that match label selector "", field selector "${text}": field label not supported: ${path}`,
    );
  }
  return (object) => matchesFields(selector, (path) => fieldOf(type, object, path));
}

function fieldOf({ fields }: ResourceType, object: UnknownObject, path: string): string | undefined {
  if (path === "metadata.name") return object.metadata.name;
  if (path === "metadata.namespace") return object.metadata.namespace;
  return fields[path]?.(object);
}

export const everything: Predicate = () => true;

/** What the request's labelSelector lets through. Throws 400. */
export function labelPredicate(request: ApiRequest): (object: Pick<UnknownObject, "metadata">) => boolean {
  const labels = param(request, "labelSelector");
  if (!labels) return () => true;
  const selector: Selector = parsed(() => parseSelector(labels));
  return ({ metadata }) => matchesLabels(selector, metadata.labels);
}

/** What the call's labelSelector and fieldSelector let through. Throws 400. */
export function predicateOf(call: Call): Predicate {
  const fields = param(call.request, "fieldSelector");
  const checks: Predicate[] = param(call.request, "labelSelector") ? [labelPredicate(call.request)] : [];
  if (fields)
    checks.push(
      fieldPredicate(
        call,
        parsed(() => parseFieldSelector(fields)),
        fields,
      ),
    );
  const [first, second] = checks;
  if (!first) return everything;
  return second ? (object) => first(object) && second(object) : first;
}
