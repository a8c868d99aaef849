import { defineConfig } from "vitest/config";

// With WINDLASS_REAL_KUBECONFIG the same conformance suite runs against that cluster. What only one of the two can run
// (the embedded scheduler and kubelet, multi-node placement) is left out of the other, never skipped within it.
const real = process.env["WINDLASS_REAL_KUBECONFIG"] !== undefined;
const elsewhere = real
  ? [
      "scheduler",
      "kubelet",
      "kubelet-mounts",
      "kubelet-networks",
      "kubelet-users",
      "kubectl",
      "volumes",
      "sleep",
      "silent-mounts",
      "many-clusters",
    ].map((name) => `test/conformance/${name}.test.ts`)
  : ["test/conformance/jobset-placement.test.ts"];

// Kubernetes' garbage collector learns of a new kind every 30 s, and backs off longer and longer until it does.
const patience = real ? 240_000 : 60_000;

// With WINDLASS_REAL_NODE_KUBECONFIG there is a project more: real pods in containers on a node of that cluster.
// Quick projects come first: `npm test` runs all of them, `npm run test:unit` only the pure ones.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "tools/**/*.test.ts"],
          environment: "node",
          // A guard against hangs, not a measure: busy machines are slow.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "simulation",
          include: ["test/simulation/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          exclude: elsewhere,
          testTimeout: patience,
          hookTimeout: patience,
        },
      },
      ...(process.env["WINDLASS_REAL_NODE_KUBECONFIG"] === undefined
        ? []
        : [
            {
              test: {
                name: "real",
                include: ["test/real/**/*.test.ts"],
                testTimeout: 600_000,
                hookTimeout: 600_000,
                fileParallelism: false,
              },
            },
          ]),
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
