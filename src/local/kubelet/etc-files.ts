/** The pod's own /etc/hosts, /etc/hostname, /etc/resolv.conf, and a /etc/profile that leaves the environment alone. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Pod } from "../../api/core/pod.ts";
import type { Bind } from "./runtime/types.ts";
import { podFiles } from "./runtime/mount-steps.ts";

export interface PodNetwork {
  readonly ip: string;
  readonly hostname: string;
  /** Absent: the machine's own resolver. */
  readonly nameserver?: string;
  /** Further names of 127.0.0.1. */
  readonly names: readonly string[];
}

/** The text of /etc/hosts: Ray finds its address by its own host name. */
function hostsText(pod: Pod, { ip, hostname, names }: PodNetwork): string {
  const { subdomain, hostAliases = [] } = pod.spec;
  const domain = `${hostname}.${subdomain}.${pod.metadata.namespace ?? "default"}.svc.cluster.local`;
  return [
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    `${ip}\t${subdomain ? `${domain} ${hostname}` : hostname}`,
    ...names.map((name) => `127.0.0.1\t${name}`),
    ...hostAliases.map((alias) => `${alias.ip}\t${(alias.hostnames ?? []).join(" ")}`),
    "",
  ].join("\n");
}

/**
 * A login shell takes its PATH from /etc/profile and the user's own files, and would lose the image's. Ours sends it to
 * a home without any for as long as it reads them.
 */
const profile = `windlass_home=\${HOME-}
HOME=${podFiles}
`;
const userProfile = `HOME=$windlass_home
unset windlass_home
`;

function resolverText(namespace: string, nameserver: string): string {
  return `nameserver ${nameserver}\nsearch ${namespace}.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n`;
}

/** Writes the files into the pod's folder; answers how to mount those that the machine has as well. */
export function etcBinds(pod: Pod, folder: string, network: PodNetwork): readonly Bind[] {
  const namespace = pod.metadata.namespace ?? "default";
  const place = join(folder, "etc");
  mkdirSync(place, { recursive: true });
  const mounted: Readonly<Record<string, string>> = {
    hosts: hostsText(pod, network),
    hostname: `${network.hostname}\n`,
    profile,
    ...(network.nameserver && { "resolv.conf": resolverText(namespace, network.nameserver) }),
  };
  // Written in place: a file that is mounted already must stay the same file.
  for (const [name, text] of Object.entries(mounted)) writeFileSync(join(place, name), text);
  for (const name of [".profile", ".bash_profile"]) writeFileSync(join(place, name), userProfile);
  const binds = Object.keys(mounted)
    .filter((name) => existsSync(`/etc/${name}`))
    .map((name) => ({ source: join(place, name), target: `/etc/${name}` }));
  return [{ source: place, target: podFiles, readOnly: true }, ...binds];
}

/** Brings the /etc/hosts of a running pod up to date. */
export function rewriteHosts(pod: Pod, folder: string, network: PodNetwork): void {
  const file = join(folder, "etc", "hosts");
  if (existsSync(file)) writeFileSync(file, hostsText(pod, network));
}
