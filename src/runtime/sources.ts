/** Where keys come from: changes of roots, of what they own, and of other kinds a controller watches. */
import { controllerOf, keyOf, type KubeObject, parseApiVersion } from "../meta/object.ts";
import { deepEqual } from "../machinery/deep-equal.ts";
import type { Cache } from "./cache.ts";
import { errorText, type Logger } from "./log.ts";
import { RootKeys } from "./root-keys.ts";
import type { ControllerSpec, Request } from "./spec.ts";

export interface Sink {
  /** Look at this root now. */
  now(key: string): void;
  /** Look at this root once the burst of changes has settled. */
  soon(key: string): void;
  /** Something that this root owned is gone, and not by us. */
  lost(key: string): void;
  /** A root is gone, or another has taken its name. */
  gone(root: KubeObject): void;
}

type AnySpec = Pick<
  ControllerSpec<KubeObject, unknown, unknown>,
  "root" | "owns" | "watches" | "keys" | "rootChanged" | "manages"
>;

const keyOfRequest = ({ namespace, name }: Request): string => (namespace ? `${namespace}/${name}` : name);

/** Whether an update of the root matters: anything but its status. */
export function rootChanged(before: KubeObject, after: KubeObject): boolean {
  const a = before.metadata;
  const b = after.metadata;
  return (
    a.generation !== b.generation ||
    a.deletionTimestamp !== b.deletionTimestamp ||
    !deepEqual(a.labels, b.labels) ||
    !deepEqual(a.annotations, b.annotations) ||
    !deepEqual(a.finalizers, b.finalizers)
  );
}

/** Declares every kind of the spec to the cache and feeds its changes into `sink`. */
export function connectSources(spec: AnySpec, cache: Cache, sink: Sink, log: Logger): void {
  const changed = spec.rootChanged ?? rootChanged;
  const keys = new RootKeys(spec.keys);
  cache.storeOf(spec.root).onChange((change, object, before) => {
    keys.seen(change, object, before);
    if (change === "deleted") sink.gone(object);
    if (change === "updated" && before && !changed(before, object)) return;
    sink.now(keyOf(object));
  });
  for (const { kind, selector } of spec.owns) {
    cache.storeOf(kind, selector).onChange((change, object, before) => {
      for (const version of versions(object, before)) {
        const key = ownerKey(spec.root, version);
        if (key === undefined) continue;
        if (change === "deleted" && !cache.isRemoved(object)) sink.lost(key);
        sink.soon(key);
      }
    });
  }
  for (const { kind, selector, map } of spec.watches ?? []) {
    const store = cache.storeOf(kind, selector);
    if (!map) continue;
    const requests = (object: KubeObject) => map(object, keys.rootsOf);
    store.onChange((_, object, before) => {
      try {
        for (const request of versions(object, before).flatMap(requests)) sink.soon(keyOfRequest(request));
      } catch (error) {
        log.error("a watch's map failed", { kind: kind.kind, object: keyOf(object), error: errorText(error) });
      }
    });
  }
}

/** Both versions, since a change may take an object away from one root and give it to another. */
const versions = (object: KubeObject, before: KubeObject | undefined) =>
  before && before !== object ? [before, object] : [object];

function ownerKey(root: AnySpec["root"], object: KubeObject): string | undefined {
  const owner = controllerOf(object);
  if (owner?.kind !== root.kind || parseApiVersion(owner.apiVersion).group !== root.group) return undefined;
  return keyOfRequest({ namespace: root.namespaced ? object.metadata.namespace : undefined, name: owner.name });
}
