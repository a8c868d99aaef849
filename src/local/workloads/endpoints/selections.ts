/**
 * Which Services a pod concerns, without asking the API: the selectors of all Services, and the Services that each pod
 * matched when it was last seen (a pod that changes its labels concerns those it leaves as well).
 */
import type { Pod } from "../../../api/core/pod.ts";
import { isPodFinished } from "../../../api/core/pod.ts";
import type { Service } from "../../../api/core/service.ts";
import { keyOf } from "../../../meta/object.ts";
import type { Request } from "../../../runtime/spec.ts";

type Labels = Readonly<Record<string, string>>;

export class Selections {
  /** Selector by Service name, by namespace. */
  readonly #selectors = new Map<string, Map<string, Labels>>();
  readonly #matched = new Map<string, readonly string[]>();

  serviceSeen({ metadata, spec }: Service): void {
    const { namespace = "", name = "" } = metadata;
    const selectors = this.#selectors.get(namespace) ?? new Map<string, Labels>();
    this.#selectors.set(namespace, selectors);
    if (spec.selector && !metadata.deletionTimestamp) selectors.set(name, spec.selector);
    else selectors.delete(name);
  }

  podSeen(pod: Pod): readonly Request[] {
    const { namespace = "", labels = {} } = pod.metadata;
    const now = [...(this.#selectors.get(namespace) ?? [])]
      .filter(([, selector]) => Object.entries(selector).every(([name, value]) => labels[name] === value))
      .map(([name]) => name);
    const before = this.#matched.get(keyOf(pod)) ?? [];
    if (now.length === 0 || isPodFinished(pod)) this.#matched.delete(keyOf(pod));
    else this.#matched.set(keyOf(pod), now);
    return [...new Set([...before, ...now])].map((name) => ({ namespace, name }));
  }
}
