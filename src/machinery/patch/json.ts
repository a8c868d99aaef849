/** JSON Patch (RFC 6902) with the one leniency of the API server's library that Ray's autoscaler relies on. */
import { applyPatch, type Operation } from "rfc6902";

export class PatchError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PatchError";
  }
}

const knownOperations = new Set(["add", "remove", "replace", "move", "copy", "test"]);

function check(operations: unknown): readonly Operation[] {
  if (!Array.isArray(operations)) throw new PatchError("a JSON patch must be a list of operations");
  for (const [at, operation] of operations.entries()) {
    const { op, path } = (operation ?? {}) as { op?: unknown; path?: unknown };
    if (typeof op !== "string" || !knownOperations.has(op))
      throw new PatchError(`operation ${at}: unknown op ${JSON.stringify(op)}`);
    if (typeof path !== "string" || (path !== "" && !path.startsWith("/"))) {
      throw new PatchError(`operation ${at}: path must be empty or begin with "/"`);
    }
  }
  return operations as Operation[];
}

const unescape = (token: string) => token.replaceAll("~1", "/").replaceAll("~0", "~");

function valueAt(target: unknown, path: string): unknown {
  if (path === "") return target;
  return path
    .slice(1)
    .split("/")
    .map(unescape)
    .reduce<unknown>((value, token) => (value as Record<string, unknown> | undefined)?.[token], target);
}

/** `replace` of a member that is not there counts as `add`, if its parent object is there: evanphx/json-patch does so. */
function lenient(operation: Operation, target: unknown): Operation {
  if (operation.op !== "replace" || valueAt(target, operation.path) !== undefined) return operation;
  const parent = valueAt(target, operation.path.slice(0, operation.path.lastIndexOf("/")));
  const isObject = typeof parent === "object" && parent !== null && !Array.isArray(parent);
  return isObject ? { op: "add", path: operation.path, value: operation.value } : operation;
}

/** Applies `operations` to a copy of `target`, all or nothing. Throws PatchError. */
export function applyJsonPatch(target: unknown, operations: unknown): unknown {
  const copy = { root: structuredClone(target) };
  for (const [at, operation] of check(operations).entries()) {
    const prefixed = <T extends Operation>(op: T): T => ({
      ...op,
      path: `/root${op.path}`,
      ...("from" in op && { from: `/root${op.from}` }),
    });
    const [error] = applyPatch(copy, [prefixed(lenient(operation, copy.root))]);
    if (error)
      throw new PatchError(`operation ${at} (${operation.op} ${operation.path}): ${error.message}`, { cause: error });
  }
  return copy.root;
}
