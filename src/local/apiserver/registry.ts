/** Finds resources by group, version and name; custom ones come and go with their CustomResourceDefinitions. */
import type { UnknownObject } from "../../api/meta/object.ts";
import { customResources } from "./crd/custom-resource.ts";
import type { Resource } from "./resource.ts";

const keyFor = (group: string, version: string, resource: string) => `${group}/${version}/${resource}`;

export class Registry {
  readonly #byPath = new Map<string, Resource>();
  readonly #custom = new Map<string, readonly string[]>();

  constructor(builtin: readonly Resource[]) {
    for (const resource of builtin) this.#add(resource);
  }

  find(group: string, version: string, resource: string): Resource | undefined {
    return this.#byPath.get(keyFor(group, version, resource));
  }

  /** By what an object says of itself. */
  findKind(group: string, version: string, kind: string): Resource | undefined {
    return this.all().find((r) => r.kind.group === group && r.kind.version === version && r.kind.kind === kind);
  }

  all(): readonly Resource[] {
    return [...this.#byPath.values()];
  }

  /** Serves the versions of a CRD. Throws RuleError or TypeError when its schema cannot be compiled. */
  define(crd: UnknownObject): readonly Resource[] {
    const made = customResources(crd);
    this.undefine(crd.metadata.name ?? "");
    for (const resource of made) this.#add(resource);
    this.#custom.set(
      crd.metadata.name ?? "",
      made.map(({ kind }) => keyFor(kind.group, kind.version, kind.resource)),
    );
    return made;
  }

  undefine(name: string): void {
    for (const key of this.#custom.get(name) ?? []) this.#byPath.delete(key);
    this.#custom.delete(name);
  }

  #add(resource: Resource): void {
    const { group, version, resource: name } = resource.kind;
    this.#byPath.set(keyFor(group, version, name), resource);
  }
}
