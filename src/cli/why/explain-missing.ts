/** What to do about an object that a pod names and that is not there: the command that makes it. Pure. */

const named = /\b(persistentvolumeclaim|secret|configmap) "(?:[^"/]+\/)?([^"]+)" not found/i;
const key = /couldn't find key (\S+) in (Secret|ConfigMap) (?:[^/\s]+\/)?(\S+)/;

const commands: Readonly<Record<string, (name: string) => string>> = {
  persistentvolumeclaim: (name) => `create the claim ${name} (\`kubectl get pvc\` lists existing claims)`,
  secret: (name) => `create it: \`kubectl create secret generic ${name} --from-literal=KEY=VALUE\``,
  configmap: (name) => `create it: \`kubectl create configmap ${name} --from-file=FILE\``,
};

/** `message`: of the kubelet or the scheduler. */
export function explainMissing(message: string): string {
  const [, kind = "", name = ""] = named.exec(message) ?? [];
  const create = commands[kind.toLowerCase()];
  if (create) return `${create(name)}, or fix the name in the manifest`;
  const [, lacking, holder, object] = key.exec(message) ?? [];
  if (lacking) return `add the key ${lacking} to the ${holder} ${object}, or fix the key in the manifest`;
  if (/unbound/.test(message))
    return "see `kubectl describe pvc` for why the claim has no volume yet (no storage class, or one without a provisioner)";
  return "create the missing claim, ConfigMap, Secret or path, or fix its name";
}
