import { describe, expect, it } from "vitest";
import { validateRayJobMetadata, validateRayJobSpec } from "../../api/ray/validation.ts";
import { type Manifest, parseManifest, toRayJob, type WorkloadContext } from "../index.ts";

const context: WorkloadContext = {
  name: "experiment-6f4a850d-2281",
  namespace: "team",
  image: "registry/demo:1",
  labels: { "windlass.dev/experiment": "experiment-6f4a850d-2281" },
  env: { AICHOR_EXPERIMENT_ID: "6f4a850d", VCS_COMMIT_MESSAGE: "cost: $(RANK) $$" },
};

function parse(text: string): Manifest {
  const { manifest, problems } = parseManifest(text, { file: "m.yaml" });
  if (!manifest) throw new Error(JSON.stringify(problems));
  return manifest;
}

const start =
  'kind: AIchorManifest\napiVersion: "0.2.3"\nspec:\n  operator: kuberay\n  command: "python3 -u main.py"\n';
const job = (text: string) => toRayJob(parse(start + text), context);
const cluster = (text: string) => {
  const found = job(text).spec.rayClusterSpec;
  if (!found) throw new Error("no cluster");
  return found;
};
const headWith = (resources: string, more = "") =>
  cluster(`  types:\n    Head:\n      resources: ${resources}\n${more}    Workers: []\n`).headGroupSpec;
const simple = "  types: {Head: {resources: {cpus: 1, ramRatio: 2}}, Workers: []}\n";

const documented = `  types:
    Head:
      resources: {cpus: 1, ramRatio: 2, accelerators: {gpu: {count: 1, product: NVIDIA-A100-SXM4-80GB, type: gpu}}}
    Workers:
      - {name: cpu-small, count: 8, resources: {cpus: 6, ramRatio: 2}}
      - {name: cpu-big, count: 8, resources: {cpus: 12, ramRatio: 2}}
`;

const env = [
  { name: "AICHOR_EXPERIMENT_ID", value: "6f4a850d" },
  { name: "VCS_COMMIT_MESSAGE", value: "cost: $$(RANK) $$$$" },
];
const labels = context.labels;
const common = {
  "dashboard-agent-listen-port": "52365",
  "log-color": "true",
  "log-style": "pretty",
  "metrics-export-port": "8080",
};
const workerGroup = (name: string, cpus: number, memory: number) => ({
  groupName: name,
  replicas: 8,
  minReplicas: 8,
  maxReplicas: 8,
  rayStartParams: {
    resources: `'{"${name}":100000}'`,
    memory: String(memory * 2 ** 30),
    "num-cpus": String(cpus),
    ...common,
  },
  template: {
    metadata: { labels },
    spec: {
      containers: [
        {
          name: "ray-worker",
          image: "registry/demo:1",
          terminationMessagePolicy: "FallbackToLogsOnError",
          ports: [{ name: "metrics", containerPort: 8080 }],
          env,
          resources: {
            requests: { cpu: String(cpus), memory: `${memory}Gi` },
            limits: { cpu: String(2 * cpus), memory: `${memory}Gi` },
          },
        },
      ],
    },
  },
});

describe("toRayJob", () => {
  it("makes of the documented manifest this and nothing else", () => {
    expect(job(documented)).toEqual({
      apiVersion: "ray.io/v1",
      kind: "RayJob",
      metadata: { name: "experiment-6f4a850d-2281", namespace: "team", labels },
      spec: {
        entrypoint: "python3 -u main.py",
        submissionMode: "K8sJobMode",
        shutdownAfterJobFinishes: true,
        submitterConfig: { backoffLimit: 0 },
        submitterPodTemplate: {
          metadata: { labels },
          spec: {
            restartPolicy: "Never",
            containers: [
              {
                name: "ray-job-submitter",
                image: "registry/demo:1",
                terminationMessagePolicy: "FallbackToLogsOnError",
                command: ["/bin/bash", "-ce", "--"],
                args: [expect.stringContaining("set -- python3 -u main.py\n")],
                env,
                resources: { requests: { cpu: "100m", memory: "200Mi" }, limits: { cpu: "1", memory: "1Gi" } },
              },
            ],
          },
        },
        rayClusterSpec: {
          rayVersion: "2.23.0",
          headGroupSpec: {
            rayStartParams: {
              resources: `'{"head":100000}'`,
              "include-dashboard": "true",
              "dashboard-host": "0.0.0.0",
              memory: "2147483648",
              "num-cpus": "1",
              "num-gpus": "1",
              ...common,
            },
            template: {
              metadata: { labels },
              spec: {
                nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB" },
                containers: [
                  {
                    name: "ray-head",
                    image: "registry/demo:1",
                    terminationMessagePolicy: "FallbackToLogsOnError",
                    ports: [
                      { name: "gcs-server", containerPort: 6379 },
                      { name: "dashboard", containerPort: 8265 },
                      { name: "client", containerPort: 10001 },
                      { name: "metrics", containerPort: 8080 },
                      { name: "serve", containerPort: 8000 },
                    ],
                    env,
                    resources: {
                      requests: { cpu: "1", memory: "2Gi", "nvidia.com/gpu": "1" },
                      limits: { cpu: "2", memory: "2Gi", "nvidia.com/gpu": "1" },
                    },
                  },
                ],
              },
            },
          },
          workerGroupSpecs: [workerGroup("cpu-small", 6, 12), workerGroup("cpu-big", 12, 24)],
        },
      },
    });
  });

  it("makes what the operator accepts", () => {
    const made = job(documented);
    expect([validateRayJobMetadata(made), validateRayJobSpec(made)]).toEqual([undefined, undefined]);
  });

  it.each([
    ["a fraction of a CPU is one for Ray", "{cpus: 0.4, memory: 1.5}", { "num-cpus": "1", memory: "1610612736" }],
    ["CPUs are rounded up", "{cpus: 1.2, memory: 1}", { "num-cpus": "2" }],
    ["no CPUs are none", "{cpus: 0, memory: 1}", { "num-cpus": "0" }],
    [
      "slices of GPUs count",
      "{cpus: 1, memory: 1, accelerators: {gpu: {count: 2, type: mig-3g.20gb}}}",
      { "num-gpus": "2" },
    ],
  ])("%s", (_, resources, params) => {
    expect(headWith(resources).rayStartParams).toMatchObject(params);
  });

  it("has no GPUs for a count of 0", () => {
    const head = headWith("{cpus: 1, memory: 1, accelerators: {gpu: {count: 0, product: T4}}}");
    expect(head.rayStartParams).not.toHaveProperty("num-gpus");
    expect(head.template.spec.nodeSelector).toBeUndefined();
  });

  it("lets rayStartParams win, and quotes JSON for bash", () => {
    const head = headWith(
      "{cpus: 1, memory: 1}",
      `      rayStartParams: {num-cpus: 0, object-store-memory: "3000", resources: '{"x": 1}'}\n`,
    );
    expect(head.rayStartParams).toMatchObject({
      "num-cpus": "0",
      "object-store-memory": "3000",
      resources: `'{"x": 1}'`,
    });
  });

  it("asks a Ray that answers on one address every second", () => {
    const { headGroupSpec } = cluster(`  rayVersion: "2.53.0"\n${simple}`);
    const httpGet = { path: "/api/healthz", port: 52365 };
    expect(headGroupSpec.template.spec.containers[0]).toMatchObject({
      readinessProbe: { httpGet, initialDelaySeconds: 1, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 10 },
      livenessProbe: { httpGet, initialDelaySeconds: 30, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 120 },
    });
  });

  it("carries time-out, retries and debugging", () => {
    expect(
      job(`  timeout: "1d 1s"\n  activeDeadlineSeconds: 5\n  restartPolicy: {backoffLimit: 2}\n${simple}`).spec,
    ).toMatchObject({
      activeDeadlineSeconds: 86_401,
      backoffLimit: 2,
    });
    expect(job(`  debug: {jupyter: {enabled: true, path: /opt/jupyter}}\n${simple}`).spec).toMatchObject({
      activeDeadlineSeconds: 43_200,
      entrypoint: "/opt/jupyter notebook --ip=0.0.0.0 --port=8888 --no-browser --allow-root",
    });
  });

  it("places and equips pods as asked", () => {
    const { template } = headWith(
      "{cpus: 1, memory: 4, cpuLimitRatio: 1, shmSizeGB: 2, machineName: dgx, extraSelectors: {spot: 'true'}, extraTolerations: [{key: k, operator: Exists}], ephemeralStorageRequest: 1Gi, ephemeralStorageLimit: 2Gi, rdma: {devices: [sriov_a]}}",
    );
    expect(template.spec).toMatchObject({
      nodeSelector: { "kubernetes.io/hostname": "dgx", spot: "true" },
      tolerations: [{ key: "k", operator: "Exists" }],
      volumes: [{ name: "shm", emptyDir: { medium: "Memory", sizeLimit: "2Gi" } }],
      containers: [
        {
          securityContext: { capabilities: { add: ["IPC_LOCK"] } },
          volumeMounts: [{ name: "shm", mountPath: "/dev/shm" }],
          resources: {
            requests: { cpu: "1", memory: "4Gi", "ephemeral-storage": "1Gi", "rdma/sriov_a": "1" },
            limits: { cpu: "1", memory: "4Gi", "ephemeral-storage": "2Gi", "rdma/sriov_a": "1" },
          },
        },
      ],
    });
  });

  it("makes a TPU slice of its machines", () => {
    const { workerGroupSpecs } = cluster(
      "  types:\n    Head: {resources: {cpus: 1, memory: 1}}\n    Workers: [{name: tpu, count: 1, resources: {cpus: 1, memory: 1, accelerators: {tpu: {type: tpu-v5-lite-podslice, topology: 4x4, tpuChipsCount: 4}}}}]\n",
    );
    expect(workerGroupSpecs).toMatchObject([
      {
        replicas: 1,
        numOfHosts: 4,
        template: {
          spec: {
            nodeSelector: {
              "cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice",
              "cloud.google.com/gke-tpu-topology": "4x4",
            },
          },
        },
      },
    ]);
  });

  it("serves TensorBoard beside the head", () => {
    const { template } = cluster(
      `  tensorboard: {enabled: true, usePVC: {enabled: true, name: logs}}\n${simple}`,
    ).headGroupSpec;
    expect(template.spec.initContainers).toMatchObject([
      { name: "tensorboard", restartPolicy: "Always", ports: [{ containerPort: 6006 }] },
    ]);
    const value = "/mnt/tensorboard";
    expect(template.spec.containers[0]?.env).toEqual(
      expect.arrayContaining([
        { name: "AICHOR_TENSORBOARD_PATH", value },
        { name: "AICHOR_LOGS_PATH", value },
        { name: "AICHOR_TENSORBOARD_PVC_PATH", value },
      ]),
    );
    expect(template.spec.volumes).toEqual([{ name: "tensorboard", persistentVolumeClaim: { claimName: "logs" } }]);
  });

  it("gives head, workers and submitter the same folders of the node", () => {
    const folder = { name: "outputs", hostPath: "/out", mountPath: "/out", readOnly: false } as const;
    const inputs = { ...folder, name: "inputs", mountPath: "/in", readOnly: true };
    const mounts = [folder, inputs].map((mount) => ({ ...mount, type: "DirectoryOrCreate" }) as const);
    const { spec } = toRayJob(parse(`${start}${documented}`), { ...context, mounts });
    const groups = [spec.rayClusterSpec?.headGroupSpec, ...(spec.rayClusterSpec?.workerGroupSpecs ?? [])];
    const pods = [...groups.map((group) => group?.template.spec), spec.submitterPodTemplate?.spec];
    expect(pods).toHaveLength(4);
    for (const pod of pods) {
      const hostPath = { path: "/out", type: "DirectoryOrCreate" };
      expect(pod?.volumes).toEqual([
        { name: "outputs", hostPath },
        { name: "inputs", hostPath },
      ]);
      expect(pod?.containers[0]?.volumeMounts).toEqual([
        { name: "outputs", mountPath: "/out" },
        { name: "inputs", mountPath: "/in", readOnly: true },
      ]);
    }
  });

  it("gives every container of the image what the context takes variables from", () => {
    const envFrom = [{ secretRef: { name: "tokens" } }];
    const { spec } = toRayJob(parse(`${start}${documented}`), { ...context, envFrom });
    const groups = [spec.rayClusterSpec?.headGroupSpec, ...(spec.rayClusterSpec?.workerGroupSpecs ?? [])];
    const pods = [...groups.map((group) => group?.template.spec), spec.submitterPodTemplate?.spec];
    const containers = pods.flatMap((pod) => [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])]);
    expect(containers.map((container) => container.envFrom)).toEqual(containers.map(() => envFrom));
    expect(containers.length).toBeGreaterThanOrEqual(4);
  });
});
