/** Names of the containers that Windlass makes, looks for or tells apart, in one place. Those of Ray's pods are KubeRay's. */

export const containerNames = {
  head: "ray-head",
  worker: "ray-worker",
  submitter: "ray-job-submitter",
  autoscaler: "autoscaler",
  /** An init container of workers: waits for the head. */
  waitForHead: "wait-gcs-ready",
  /** Of each pod of a JobSet that the experiment layer makes. */
  main: "main",
  /** An init container there: waits for the other ranks. */
  waitForRanks: "wait-for-ranks",
  tensorboard: "tensorboard",
} as const;
