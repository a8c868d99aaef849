/** What a controller reads: of each kind the cache that it declared, with its own selector. */
import type { KubeObject } from "../meta/object.ts";
import type { ActionKind, Answer, Question } from "./action.ts";
import { type Cache, type Cached, kindKey } from "./cache.ts";
import type { WriteFailure } from "./plan.ts";
import type { AnyControllerSpec, Reader } from "./spec.ts";

/** What is each controller's own. */
export interface Memory {
  failures(root: KubeObject): readonly WriteFailure[];
  answer(root: KubeObject, action: string): Answer | undefined;
}

export const cachedKinds = ({ root, owns, watches = [] }: AnyControllerSpec): readonly Cached[] => [
  { kind: root },
  ...owns,
  ...watches,
];

export function readerOf(spec: AnyControllerSpec, cache: Cache, memory: Memory): Reader {
  const declared = new Map(cachedKinds(spec).map((cached) => [kindKey(cached.kind), cached]));
  const find = (kind: Cached["kind"]): Cached => {
    const cached = declared.get(kindKey(kind));
    if (!cached) throw new Error(`${kind.kind} is not cached: a controller must own or watch what it reads`);
    return cached;
  };
  return {
    get: (kind, namespace, name) => cache.get(find(kind), namespace, name),
    list: (kind, filter) => cache.list(find(kind), filter),
    failures: memory.failures,
    answer: <Q extends Question, A>(root: KubeObject, action: ActionKind<Q, A>) =>
      memory.answer(root, action.name) as Answer<Q, A> | undefined,
  };
}
