import { expect, test } from "vitest";
import { parseManifest } from "../../manifest/index.ts";
import { checkNetwork, shortfalls } from "./preflight.ts";

const demand = (pods: number, cpu: string, memory = "1Gi") => ({ name: "g", pods, requests: { cpu, memory } });

test.each([
  ["what fits", [demand(2, "500m")], []],
  ["the sum counts, not the single pod", [demand(3, "1")], ["cpu: needs 3, this machine offers 2"]],
  [
    "every resource that is short is told",
    [demand(1, "4", "64Gi")],
    ["cpu: needs 4, this machine offers 2", "memory: needs 64 GiB, this machine offers 8 GiB"],
  ],
  [
    "a resource that is not there at all",
    [{ name: "g", pods: 1, requests: { "nvidia.com/gpu": "1" } }],
    ["nvidia.com/gpu: needs 1, this machine offers none"],
  ],
  [
    "a thousand million pods are counted at once",
    [demand(1_000_000_000, "1m", "0")],
    ["cpu: needs 1,000,000, this machine offers 2"],
  ],
])("%s", (_, demands, wanted) => expect(shortfalls(demands, { cpu: "2", memory: "8Gi" })).toEqual(wanted));

const network = (status: "True" | "False") => [
  { type: "WindlassNetwork", status, reason: "r", message: "pods share the network", lastTransitionTime: "" },
];
const cluster = (operator: string, types: string) => {
  const text = `kind: AIchorManifest\napiVersion: "0.2.3"\nspec:\n  operator: ${operator}\n  command: x\n  types: ${types}\n`;
  const { manifest } = parseManifest(text, { file: "m.yaml" });
  if (!manifest) throw new Error("the manifest is wrong");
  return manifest;
};
const size = "resources: {cpus: 1, ramRatio: 1}";
const withWorker = `{Head: {${size}}, Workers: [{name: a, count: 1, ${size}}]}`;

test.each([
  ["a Ray cluster with workers on one network is refused", "kuberay", withWorker, "False", true],
  ["with networks of their own it is not", "kuberay", withWorker, "True", false],
  ["a head alone is not", "kuberay", `{Head: {${size}}, Workers: [{name: a, count: 0, ${size}}]}`, "False", false],
  ["other operators are not", "pytorch", `{worker: {count: 2, ${size}}}`, "False", false],
] as const)("%s", (_, operator, types, status, refused) => {
  const check = () => checkNetwork(cluster(operator, types), network(status));
  if (refused) expect(check).toThrow("needs a network for each pod, and here pods share the network");
  else expect(check).not.toThrow();
});
