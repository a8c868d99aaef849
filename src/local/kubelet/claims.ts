/**
 * Claims on this machine: a folder each, named by the claim's uid, so that a claim made again under the same name begins
 * empty. The folder goes when the claim does, as with the reclaim policy Delete.
 */
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Claim, PersistentVolume } from "../../api/core/volume.ts";
import type { KubeObject } from "../../meta/object.ts";
import type { ObjectStore } from "../../kube/store.ts";
import { uidPattern } from "../../machinery/names.ts";
import { errorText, type Logger } from "../../runtime/log.ts";
import { ConfigError } from "./env.ts";
import { removeTree } from "./folders.ts";
import { hostPath } from "./host-path.ts";

export class ClaimFolders {
  readonly #store: ObjectStore;
  readonly #volumes: ObjectStore;
  readonly #root: string;
  readonly #log: Logger;

  constructor(stores: { readonly claims: ObjectStore; readonly volumes: ObjectStore }, root: string, log: Logger) {
    this.#store = stores.claims;
    this.#volumes = stores.volumes;
    this.#root = root;
    this.#log = log;
  }

  /** Makes the folder of a claim, if need be; of one that is bound to a volume, what that names, unless it is in a silent mount. Throws ConfigError. */
  pathOf(namespace: string, name: string, silent: readonly string[]): string {
    const claim: Claim | undefined = this.#store.get(namespace, name);
    if (!claim) throw new ConfigError(`persistentvolumeclaim "${name}" not found`);
    if (claim.status?.phase !== "Bound")
      throw new ConfigError(`persistentvolumeclaim "${name}" is ${claim.status?.phase ?? "Pending"}, not Bound`);
    if (claim.spec?.volumeName) return this.#pathOfVolume(claim.spec.volumeName, silent);
    const folder = this.#folderOf(claim);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  #pathOfVolume(name: string, silent: readonly string[]): string {
    const volume: PersistentVolume | undefined = this.#volumes.get(undefined, name);
    if (!volume) throw new ConfigError(`persistentvolume "${name}" not found`);
    const { hostPath: path, local } = volume.spec ?? {};
    if (path) return hostPath(path, silent);
    if (local) return hostPath({ path: local.path }, silent);
    const others = ["accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "storageClassName"];
    const type = Object.keys(volume.spec ?? {}).find(
      (key) => !others.includes(key) && !/^(persistent|volume)/.test(key),
    );
    throw new ConfigError(
      `persistentvolume "${name}" is of type ${type ?? "(none)"}, which this machine cannot mount: use hostPath or local`,
    );
  }

  /** Removes the folders of claims that were deleted while nobody looked, and from now on each with its claim. */
  async start(): Promise<() => void> {
    const claims = this.#store.list();
    for (const claim of claims) this.#adopt(claim);
    const uids = new Set(claims.map(({ metadata }) => metadata.uid));
    const left = readdirSync(this.#root).filter((name) => uidPattern.test(name) && !uids.has(name));
    await Promise.all(left.map((name) => removeTree(join(this.#root, name))));
    return this.#store.onChange((change, claim) => {
      if (change === "deleted") void this.#remove(claim);
    });
  }

  #folderOf({ metadata }: KubeObject): string {
    return join(this.#root, metadata.uid ?? "");
  }

  /** Versions before 0.2 named folders by namespace and name. */

  /** Earlier versions named folders by namespace and name. */
  #adopt(claim: KubeObject): void {
    const { namespace = "default", name = "" } = claim.metadata;
    const [earlier, folder] = [join(this.#root, namespace, name), this.#folderOf(claim)];
    if (existsSync(earlier) && !existsSync(folder)) renameSync(earlier, folder);
  }

  async #remove(claim: KubeObject): Promise<void> {
    const folder = this.#folderOf(claim);
    await removeTree(folder).catch((error: unknown) =>
      this.#log.warn("cannot remove the folder of a deleted claim", { folder, error: errorText(error) }),
    );
  }
}
