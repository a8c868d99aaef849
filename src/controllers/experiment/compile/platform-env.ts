/** The platform's variables, the same for every container of an experiment: `AICHOR_*`, `VCS_*`, Python's. Pure. */
import type { Experiment, VcsInfo } from "../../../api/experiment/types.ts";
import { type Storage, storageOf } from "./storage.ts";

/** Where experiments of this cluster belong and keep their files. Absent members leave their variables out. */
export interface Platform {
  readonly projectId?: string;
  readonly organizationName?: string;
  readonly clusterName?: string;
  readonly userName?: string;
  readonly userEmail?: string;
  readonly storage?: Storage;
  /** Whether experiments may mount folders of the nodes. */
  readonly hostPaths?: boolean;
}

/** UUID of an experiment: its own `spec.id`, else the object's uid. */
export function experimentIdOf(experiment: Experiment): string {
  return experiment.spec.id ?? experiment.metadata.uid ?? "";
}

/** Lower case, `[a-z0-9-]`, at most 63 characters, no dash at either end: the slug GitLab defines for ref names. */
export function slug(ref: string): string {
  return ref
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, "");
}

function vcsEnv(vcs: VcsInfo): Record<string, string | undefined> {
  return {
    VCS_AUTHOR_EMAIL: vcs.authorEmail,
    VCS_AUTHOR_NAME: vcs.authorName,
    VCS_REF_NAME: vcs.refName,
    VCS_REF_NAME_SLUG: vcs.refName && slug(vcs.refName),
    VCS_REPOSITORY: vcs.repository,
    VCS_SHA: vcs.sha,
    VCS_SHA_SHORT: vcs.sha?.slice(0, 8),
    VCS_COMMIT_MESSAGE: vcs.commitMessage,
    VCS_COMMIT_MESSAGE_SHORT: vcs.commitMessage?.split("\n", 1)[0],
    VCS_TYPE: vcs.type,
  };
}

/** Variables in a stable order; those whose value is not known are left out. `spec.env` comes last and wins. */
export function platformEnv(experiment: Experiment, platform: Platform): Readonly<Record<string, string>> {
  const id = experimentIdOf(experiment);
  const all: Record<string, string | undefined> = {
    // Python keeps back what it prints where no terminal is: a log is to have it at once.
    PYTHONUNBUFFERED: "1",
    AICHOR_EXPERIMENT_ID: id,
    AICHOR_PROJECT_ID: platform.projectId,
    AICHOR_EXPERIMENT_MESSAGE: experiment.spec.message,
    AICHOR_ORGANIZATION_NAME: platform.organizationName,
    AICHOR_CLUSTER_NAME: platform.clusterName,
    AICHOR_USER_NAME: platform.userName ?? experiment.spec.vcs?.authorName,
    AICHOR_USER_EMAIL: platform.userEmail ?? experiment.spec.vcs?.authorEmail,
    ...storageOf(experiment, id, platform.storage ?? {}).env,
    ...vcsEnv(experiment.spec.vcs ?? {}),
    ...experiment.spec.env,
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
