import { expect, it } from "vitest";
import { type Manifest, parseManifest, planManifest } from "../index.ts";

function parse(operator: string, types: string, more = ""): Manifest {
  const text = `kind: AIchorManifest\napiVersion: "0.2.3"\n${more}spec:\n  operator: ${operator}\n  image: demo\n  command: a\n  types: ${types}\n`;
  const { manifest, problems } = parseManifest(text, { file: "m.yaml" });
  if (!manifest) throw new Error(JSON.stringify(problems));
  return manifest;
}
const small = "{worker: {resources: {cpus: 1, memory: 1}}}";
const demandsOf = (manifest: Manifest) =>
  planManifest(manifest).demands.map(({ name, pods, requests }) => ({ name, pods, requests }));

it("counts head, workers and submitter; a small worker is as large as what waits for the head", () => {
  const manifest = parse(
    "kuberay",
    "{Head: {resources: {cpus: 1, memory: 2}}, Workers: [{name: a, count: 2, resources: {cpus: 0.1, memory: 1}}, {name: b, resources: {cpus: 1, memory: 1}}]}",
  );
  expect(demandsOf(manifest)).toEqual([
    { name: "head", pods: 1, requests: { cpu: "1", memory: "2Gi" } },
    { name: "a", pods: 2, requests: { cpu: "200m", memory: "1Gi" } },
    { name: "b", pods: 0, requests: { cpu: "1", memory: "1Gi" } },
    { name: "submitter", pods: 1, requests: { cpu: "100m", memory: "200Mi" } },
  ]);
  expect(planManifest(manifest).total).toEqual({ cpu: "1500m", memory: "4296Mi" });
});

it("counts the pods of a jobset that run at once", () => {
  const resources = "resources: {cpus: 1, ramRatio: 2, accelerators: {gpu: {count: 1}}}";
  const manifest = parse("jobset", `{a: {count: 5, completions: 4, parallelisms: 2, ${resources}}}`);
  expect(planManifest(manifest)).toMatchObject({
    operator: "jobset",
    image: "demo",
    demands: [{ name: "a", pods: 10 }],
    total: { cpu: "10", memory: "20Gi", "nvidia.com/gpu": "10" },
    objects: [{ kind: "JobSet" }],
  });
});

it("puts the builder's registry before the image", () => {
  const manifest = parse(
    "jax",
    "{worker: {resources: {cpus: 1, memory: 1}}}",
    "builder: {image: demo, registry: reg.io/team/}\n",
  );
  expect(planManifest(manifest).image).toBe("reg.io/team/demo");
});

it("counts a great many pods at once", () => {
  const manifest = parse("jax", "{worker: {count: 1000000000, resources: {cpus: 1, memory: 1}}}");
  expect(planManifest(manifest).total).toEqual({ cpu: "1G", memory: "1000000000Gi" });
});

it("tells what runs in debugging, and for how long", () => {
  const ray = parse("kuberay", "{Head: {resources: {cpus: 1, memory: 1}}, Workers: []}").spec;
  const jupyter: Manifest = { ...parse("jax", small), spec: { ...ray, debug: { jupyter: true } } };
  expect(planManifest(jupyter)).toMatchObject({
    command: expect.stringMatching(/^jupyter notebook /),
    timeoutSeconds: 12 * 3600,
  });
  const pods = parse("jax", small);
  const tunnel = planManifest({ ...pods, spec: { ...pods.spec, debug: { vscode: { enabled: true } } } });
  expect(tunnel.command).toContain("code tunnel");
});

it("counts what waits for the other ranks, where it is larger than the program", () => {
  const manifest = parse("jax", "{worker: {count: 2, resources: {cpus: 0.01, memory: 0.01}}}");
  expect(demandsOf(manifest)).toEqual([{ name: "worker", pods: 2, requests: { cpu: "50m", memory: "64Mi" } }]);
});
