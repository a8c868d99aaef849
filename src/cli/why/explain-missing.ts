/** What to do about an object that a pod names and that is not there: the command that makes it. Pure. */

const named = /\b(persistentvolumeclaim|secret|configmap) "(?:[^"/]+\/)?([^"]+)" not found/i;
const key = /couldn't find key (\S+) in (Secret|ConfigMap) (?:[^/\s]+\/)?(\S+)/;

const commands: Readonly<Record<string, (name: string) => string>> = {
  persistentvolumeclaim: (name) => `create the claim ${name} (\`kubectl get pvc\` lists those there are)`,
  secret: (name) => `create it: \`kubectl create secret generic ${name} --from-literal=KEY=VALUE\``,
  configmap: (name) => `create it: \`kubectl create configmap ${name} --from-file=FILE\``,
};

/** `message`: of the kubelet or the scheduler. */
export function explainMissing(message: string): string {
  const [, kind = "", name = ""] = named.exec(message) ?? [];
  const create = commands[kind.toLowerCase()];
  if (create) return `${create(name)}, or correct the name in the manifest`;
  const [, lacking, holder, object] = key.exec(message) ?? [];
  if (lacking) return `add the key ${lacking} to the ${holder} ${object}, or correct the key in the manifest`;
  if (/unbound/.test(message))
    return "its claim has no volume yet: `kubectl describe pvc` says why (no storage class, or none that provisions)";
  return "create the claim, ConfigMap, Secret or path that is named, or correct its name";
}
