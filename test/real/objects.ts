/** RayJobs, JobSets and manifests as users write them, small enough for the one node of a real test cluster. */

/** An image that the node has: Ray, Python 3.11, a shell. */
export const image = "rayproject/ray:2.60.0";

const container = (name: string, memory: string, more: object = {}) => ({
  name,
  image,
  resources: { requests: { cpu: "100m", memory } },
  ...more,
});
const template = (name: string, memory: string) => ({ spec: { containers: [container(name, memory)] } });

/** One head and one worker; `spec` comes on top. */
export const rayJob = (name: string, entrypoint: string, spec: object = {}) => ({
  apiVersion: "ray.io/v1",
  kind: "RayJob",
  metadata: { name },
  spec: {
    entrypoint,
    shutdownAfterJobFinishes: true,
    rayClusterSpec: {
      rayVersion: "2.60.0",
      headGroupSpec: { rayStartParams: { "num-cpus": "1" }, template: template("ray-head", "1Gi") },
      workerGroupSpecs: [
        {
          groupName: "small",
          replicas: 1,
          minReplicas: 1,
          maxReplicas: 1,
          rayStartParams: { "num-cpus": "1" },
          template: template("ray-worker", "600Mi"),
        },
      ],
    },
    ...spec,
  },
});

/** For the modes in which a Job submits. */
export const submitterPodTemplate = {
  spec: { restartPolicy: "Never", containers: [container("ray-job-submitter", "200Mi")] },
};

/** Two Jobs of two pods each, which may not fail. */
export const jobSet = (name: string, script: string) => ({
  apiVersion: "jobset.x-k8s.io/v1alpha2",
  kind: "JobSet",
  metadata: { name },
  spec: {
    replicatedJobs: [
      {
        name: "w",
        replicas: 2,
        template: {
          spec: {
            completions: 2,
            parallelism: 2,
            backoffLimit: 0,
            template: {
              spec: {
                restartPolicy: "Never",
                containers: [container("main", "30Mi", { command: ["sh", "-c", script] })],
              },
            },
          },
        },
      },
    ],
  },
});

/** `types` is indented YAML. */
export const manifest = (operator: string, command: string, types: string): string => `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: ${operator}
  image: ${image}
  command: ${JSON.stringify(command)}
${operator === "kuberay" ? '  rayVersion: "2.60.0"\n' : ""}  types:
${types}`;
