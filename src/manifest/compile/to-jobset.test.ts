import { describe, expect, it } from "vitest";
import { defaultJobSet } from "../../api/jobset/defaults.ts";
import { validateJobSet } from "../../api/jobset/validation.ts";
import { parseManifest, supportObjects, toJobSet, type WorkloadContext } from "../index.ts";

const context: WorkloadContext = {
  name: "experiment-6f4a850d-2281",
  image: "demo",
  labels: { a: "b" },
  env: { X: "1", RANK: "mine" },
};

function convert(operator: string, types: string, more = "") {
  const text = `kind: AIchorManifest\napiVersion: "0.2.3"\nspec:\n  operator: ${operator}\n  command: "python3 main.py && echo $$"\n${more}  types: ${types}\n`;
  const { manifest, problems } = parseManifest(text, { file: "m.yaml" });
  if (!manifest) throw new Error(JSON.stringify(problems));
  return { manifest, jobSet: toJobSet(manifest, context) };
}

const label = (name: string, key: string) => ({
  name,
  valueFrom: { fieldRef: { fieldPath: `metadata.labels['jobset.sigs.k8s.io/${key}']` } },
});
const host = "experiment-6f4a850d-2281-worker-0-0.experiment-6f4a850d-2281";
const given = [
  { name: "X", value: "1" },
  { name: "RANK", value: "mine" },
];
const master = (port: string) => [
  { name: "X", value: "1" },
  { name: "MASTER_ADDR", value: host },
  { name: "MASTER_PORT", value: port },
  { name: "WORLD_SIZE", value: "2" },
  label("RANK", "job-global-index"),
];
const jax = [
  ...given,
  { name: "JAXOPERATOR_COORDINATOR_HOST", value: host },
  { name: "JAXOPERATOR_COORDINATOR_ADDRESS", value: "$(JAXOPERATOR_COORDINATOR_HOST):1234" },
  { name: "JAXOPERATOR_NUM_PROCESSES", value: "2" },
  label("JAXOPERATOR_PROCESS_ID", "job-global-index"),
];
const array = [
  ...given,
  { name: "JOBSET_NAME", value: "experiment-6f4a850d-2281" },
  label("JOB_INDEX", "job-index"),
  label("GLOBAL_REPLICAS", "global-replicas"),
  label("JOB_GLOBAL_INDEX", "job-global-index"),
  label("REPLICATED_JOB_NAME", "replicatedjob-name"),
  label("REPLICATED_JOB_REPLICAS", "replicatedjob-replicas"),
];

const replicatedJob = (
  name: string,
  replicas: number,
  env: unknown,
  pods = { parallelism: 1, completions: 1 },
  waits = false,
) => ({
  name,
  replicas,
  template: {
    metadata: { labels: { a: "b" } },
    spec: {
      ...pods,
      completionMode: "Indexed",
      backoffLimit: 0,
      template: {
        metadata: { labels: { a: "b" } },
        spec: {
          ...(waits && { initContainers: [expect.objectContaining({ name: "wait-for-ranks" })] }),
          restartPolicy: "Never",
          containers: [
            {
              name: "main",
              image: "demo",
              terminationMessagePolicy: "FallbackToLogsOnError",
              command: ["/bin/sh", "-c", 'command -v bash >/dev/null && exec bash -c "$0"; exec sh -c "$0"'],
              args: ["python3 main.py && echo $$$$"],
              env,
              resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { cpu: "2", memory: "2Gi" } },
            },
          ],
        },
      },
    },
  },
});

const jobSetOf = (replicatedJobs: unknown) => ({
  apiVersion: "jobset.x-k8s.io/v1alpha2",
  kind: "JobSet",
  metadata: { name: "experiment-6f4a850d-2281", labels: { a: "b" } },
  spec: {
    network: { enableDNSHostnames: true, publishNotReadyAddresses: true },
    successPolicy: { operator: "All" },
    replicatedJobs,
  },
});

const two = "{worker: {count: 2, resources: {cpus: 1, ramRatio: 2}}}";
const small = "resources: {cpus: 1, ramRatio: 2}";

describe("toJobSet", () => {
  it.each([
    ["pytorch", two, [replicatedJob("worker", 2, master("23456"), undefined, true)]],
    ["xgboost", two, [replicatedJob("worker", 2, master("9999"), undefined, true)]],
    ["jax", two, [replicatedJob("worker", 2, jax, undefined, true)]],
    [
      "jobset",
      `{master: {${small}}, worker: {count: 5, completions: 4, parallelisms: 2, ${small}}, none: {count: 0, ${small}}}`,
      [replicatedJob("master", 1, array), replicatedJob("worker", 5, array, { parallelism: 2, completions: 4 })],
    ],
  ])("makes of a %s manifest this and nothing else, and it is accepted", (operator, types, jobs) => {
    const { jobSet } = convert(operator, types);
    expect(jobSet).toEqual(jobSetOf(jobs));
    expect(validateJobSet(defaultJobSet(jobSet))).toEqual([]);
  });

  it("starts all again after a failure, but not out of time", () => {
    const { jobSet } = convert("jax", two, "  timeout: 1m\n  restartPolicy: {backoffLimit: 3}\n");
    expect(jobSet.spec?.failurePolicy).toEqual({
      maxRestarts: 3,
      rules: [{ name: "outOfTime", action: "FailJobSet", onJobFailureReasons: ["DeadlineExceeded"] }],
    });
    expect(jobSet.spec?.replicatedJobs?.[0]?.template.spec.activeDeadlineSeconds).toBe(60);
    expect(validateJobSet(defaultJobSet(jobSet))).toEqual([]);
  });

  it("opens a tunnel instead of running the command", () => {
    const { jobSet } = convert(
      "jax",
      two,
      "  debug: {vscode: {enabled: true, path: /aichor/code, provider: microsoft}}\n",
    );
    expect(jobSet.spec?.replicatedJobs?.[0]?.template.spec.template.spec.containers[0]?.args).toEqual([
      "/aichor/code tunnel user login --provider microsoft && exec /aichor/code tunnel --accept-server-license-terms --random-name",
    ]);
  });

  it("serves TensorBoard in the first group's pods only", () => {
    const { jobSet } = convert("jobset", `{a: {${small}}, b: {${small}}}`, "  tensorboard: {enabled: true}\n");
    const sidecars = jobSet.spec?.replicatedJobs?.map(
      ({ template }) => template.spec.template.spec.initContainers?.length ?? 0,
    );
    expect(sidecars).toEqual([1, 0]);
  });

  it("carries grace, rights and volumes, and makes the shared one", () => {
    const more = `  gracefulTermination: {terminationGracePeriodSeconds: 90, shutdownCommand: [sh, stop.sh]}
  securityContext: {ptrace: true}
  storage: {sharedVolume: {mountPoint: /shared, sizeGB: 16, storageClass: gp2}, attachExistingPVCs: [{name: data, mountPoint: /data}]}
`;
    const { manifest, jobSet } = convert("jax", two, more);
    expect(jobSet.spec?.replicatedJobs?.[0]?.template.spec.template.spec).toMatchObject({
      terminationGracePeriodSeconds: 90,
      volumes: [
        { name: "shared", persistentVolumeClaim: { claimName: "experiment-6f4a850d-2281-shared" } },
        { name: "claim-0", persistentVolumeClaim: { claimName: "data" } },
      ],
      containers: [
        {
          lifecycle: { preStop: { exec: { command: ["sh", "stop.sh"] } } },
          securityContext: { capabilities: { add: ["SYS_PTRACE"] } },
          volumeMounts: [
            { name: "shared", mountPath: "/shared" },
            { name: "claim-0", mountPath: "/data" },
          ],
        },
      ],
    });
    expect(supportObjects(manifest, context).map(({ object }) => object)).toMatchObject([
      {
        kind: "PersistentVolumeClaim",
        metadata: { name: "experiment-6f4a850d-2281-shared" },
        spec: { accessModes: ["ReadWriteOnce"], storageClassName: "gp2", resources: { requests: { storage: "16Gi" } } },
      },
    ]);
  });
});
