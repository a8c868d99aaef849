/** Serves the kinds of CustomResourceDefinitions as these come, change and go, and removes the objects of those that go. */
import { CustomResourceDefinition } from "../../../api/core/kinds.ts";
import { keyOf, type UnknownObject } from "../../../meta/object.ts";
import type { Core } from "../core.ts";
import { deleteStored } from "../verbs/delete.ts";
import { allVerbs, type ResourceType, storageOf } from "../kinds/registry.ts";
import { columnsOf } from "../kinds/built-in-columns.ts";
import { customTypes } from "./custom-types.ts";
import { cleanupFinalizer, definitionStrategy } from "./definition.ts";
import type { Crd } from "./types.ts";

const storage = storageOf(CustomResourceDefinition);

export const definitionType: ResourceType = {
  kind: CustomResourceDefinition,
  singular: "customresourcedefinition",
  listKind: "CustomResourceDefinitionList",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  subresources: ["status"],
  verbs: allVerbs,
  storage,
  strategy: definitionStrategy,
  columns: columnsOf(CustomResourceDefinition),
  fields: {},
};

/** Deletes what is left of a kind; its definition goes with the last object. */
function deleteAll(core: Core, type: ResourceType, key: string): void {
  const { store } = core;
  const definition = store.get(storage, key);
  if (!definition) return;
  const left = store.list(type.storage);
  for (const stored of left) {
    if (!stored.metadata.deletionTimestamp) deleteStored(core, type, { stored, options: { dryRun: false } });
  }
  if (left.length > 0) return;
  const finalizers = definition.metadata.finalizers?.filter((name) => name !== cleanupFinalizer) ?? [];
  if (finalizers.length === 0) store.remove(storage, key);
  else if (finalizers.length < (definition.metadata.finalizers?.length ?? 0)) {
    store.put(storage, { ...definition, metadata: { ...definition.metadata, finalizers } });
  }
}

/** Follows the definitions in the store; returns how to stop. */
export function followDefinitions(core: Core): () => void {
  const { store, registry } = core;
  const served = new Map<string, readonly ResourceType[]>();
  const emptying = new Map<string, () => void>();

  const serve = (key: string, types: readonly ResourceType[]) => {
    for (const type of served.get(key) ?? []) registry.remove(type);
    for (const type of types) registry.add(type);
    served.set(key, types);
  };

  const beginEmptying = (key: string) => {
    const [type] = served.get(key) ?? [];
    if (!type || emptying.has(key)) return;
    // In a later turn: watchers are told of one change at a time.
    const later = () => queueMicrotask(() => deleteAll(core, type, key));
    emptying.set(key, store.watch(type.storage, store.version, later));
    later();
  };

  const onDefinition = (object: UnknownObject, isGone: boolean) => {
    const key = keyOf(object);
    serve(key, isGone ? [] : customTypes(object as unknown as Crd));
    if (isGone) {
      emptying.get(key)?.();
      emptying.delete(key);
      served.delete(key);
    } else if (object.metadata.deletionTimestamp) beginEmptying(key);
  };

  for (const definition of store.list(storage)) onDefinition(definition, false);
  return store.watch(storage, store.version, ({ type, object, before }) => {
    const sameSpec = before && before["spec"] === object["spec"] && !object.metadata.deletionTimestamp;
    if (type === "DELETED" || !sameSpec) onDefinition(object, type === "DELETED");
  });
}
