/** Names of everything made for a RayCluster, RayJob or RayCronJob. Pure. */

const maxName = 50;

/** Keeps the last 50 characters; a leading digit or punctuation becomes `r` (KubeRay's CheckName). */
export function checkName(name: string): string {
  return name
    .slice(-maxName)
    .replace(/^[0-9]/, "r")
    .replace(/^[^A-Za-z0-9]/, "r");
}

/** Keeps the last 63 characters; leading punctuation becomes `r` (KubeRay's CheckLabel). */
export function checkLabel(value: string): string {
  return value.slice(-63).replace(/^[^A-Za-z0-9]/, "r");
}

/** generateName of pods: the first 50 characters, then the part they play. */
const podPrefix = (prefix: string, part: string) => `${prefix.slice(0, maxName)}-${part}-`.toLowerCase();

export const headPodPrefix = (cluster: string): string => podPrefix(cluster, "head");
export const workerPodPrefix = (cluster: string, group: string): string => podPrefix(`${cluster}-${group}`, "worker");
export const headServiceName = (cluster: string): string => `${cluster}-head-svc`;
export const headlessServiceName = (cluster: string): string => `${cluster}-headless`;
export const serveServiceName = (cluster: string): string => `${cluster}-serve-svc`;
export const redisCleanupJobName = (cluster: string): string => checkLabel(`${cluster}-redis-cleanup`);
export const headIngressName = (cluster: string): string => checkName(`${cluster}-head-ingress`);

/** A RayJob for each minute: made twice, it is one. */
export const scheduledJobName = (cronJob: string, at: number): string => `${cronJob}-${Math.floor(at / 60_000)}`;

export const serviceFqdn = (service: string, namespace: string, domain = "cluster.local"): string =>
  `${service}.${namespace}.svc.${domain}`;
