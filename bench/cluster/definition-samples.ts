/** A JobSet and a RayCluster of usual size, and the statuses that their controllers write. Pure. */

export interface Sample {
  readonly spec: object;
  /** Another one for each number. */
  readonly status: (at: number) => object;
}

const container = (name: string) => ({
  name,
  image: "rayproject/ray:2.60.0",
  command: ["sh", "-c", "echo hello"],
  env: ["A", "B", "C", "D"].map((variable) => ({ name: variable, value: variable })),
  ports: [{ containerPort: 8080, name: "http" }],
  resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } },
  volumeMounts: [{ name: "v", mountPath: "/v" }],
});
const podSpec = (name: string) => ({ containers: [container(name)], volumes: [{ name: "v", emptyDir: {} }] });

const condition = (type: string) => ({
  type,
  status: "True",
  reason: "Reason",
  message: "message",
  lastTransitionTime: "2026-01-01T00:00:00Z",
});

const job = {
  parallelism: 4,
  completions: 4,
  completionMode: "Indexed",
  backoffLimit: 0,
  template: { spec: { ...podSpec("main"), restartPolicy: "Never" } },
};

export const jobSetSample: Sample = {
  spec: { replicatedJobs: [{ name: "workers", replicas: 1, template: { spec: job } }] },
  status: (at) => ({
    restarts: at,
    replicatedJobsStatus: [{ name: "workers", ready: 1, succeeded: 0, failed: 0, active: 1, suspended: 0 }],
    conditions: [condition("StartupPolicyCompleted")],
  }),
};

const rayStartParams = { "num-cpus": "1" };

export const rayClusterSample: Sample = {
  spec: {
    rayVersion: "2.60.0",
    headGroupSpec: { rayStartParams, template: { spec: podSpec("ray-head") } },
    workerGroupSpecs: [
      {
        groupName: "small",
        replicas: 2,
        minReplicas: 1,
        maxReplicas: 4,
        rayStartParams,
        template: { spec: podSpec("ray-worker") },
      },
    ],
  },
  status: (at) => ({
    state: "ready",
    desiredCPU: "3",
    desiredMemory: "3Gi",
    desiredWorkerReplicas: 2,
    readyWorkerReplicas: at,
    head: { podIP: "10.0.0.1", serviceIP: "10.0.0.1", podName: "head", serviceName: "head-svc" },
    conditions: [condition("HeadPodReady")],
  }),
};
