import { describe, expect, it } from "vitest";
import type { Experiment } from "../../../api/experiment/types.ts";
import { compile } from "./compile.ts";

const manifest = (more = "", operator = "pytorch") => `kind: AIchorManifest
apiVersion: "0.2.3"
builder: { image: demo, registry: reg.io/team, dockerfile: ./Dockerfile, context: src, buildArgs: { USE_CUDA: true } }
spec:
  operator: ${operator}
  image: demo
  command: "python3 main.py"
${more}  types: { worker: { count: 2, resources: { cpus: 1, ramRatio: 2 } } }
`;
const id = "6f4a850d-2281-4000-8000-000000000000";
const name = "experiment-6f4a850d-2281";
const experiment = (spec: Partial<Experiment["spec"]> = {}, as = name): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: as, namespace: "team", uid: "u" },
  spec: { manifest: manifest(), id, ...spec },
});

describe("compile", () => {
  it("makes the workload under the experiment's name, marked and with the platform's variables everywhere", () => {
    const labels = { "windlass.dev/experiment": name, "windlass.dev/experiment-id": id };
    expect(compile(experiment(), { projectId: "p" }, undefined)).toMatchObject({
      operator: "pytorch",
      image: "reg.io/team/demo",
      builder: { dockerfile: "./Dockerfile", context: "src", buildArgs: { USE_CUDA: "true" } },
      objects: [],
      workload: {
        kind: "JobSet",
        metadata: { name, namespace: "team", labels },
        spec: {
          replicatedJobs: [
            {
              template: {
                spec: {
                  template: {
                    metadata: { labels },
                    spec: {
                      containers: [{ env: expect.arrayContaining([{ name: "AICHOR_PROJECT_ID", value: "p" }]) }],
                    },
                  },
                },
              },
            },
          ],
        },
      },
    });
  });

  it.each([
    ["what was built", { image: "own" }, "built", "built"],
    ["the experiment's own", { image: "own" }, undefined, "own"],
    ["the manifest's", {}, undefined, "reg.io/team/demo"],
    [
      "a name to build under",
      {
        sourceDirectory: "/src",
        manifest: manifest()
          .replace(/^builder.*\n/m, "")
          .replace("  image: demo\n", ""),
      },
      undefined,
      "experiment",
    ],
  ])("runs %s", (_, spec, built, image) => {
    expect(compile(experiment(spec), {}, built)).toMatchObject({ image });
  });

  const folder =
    "  storage: { mounts: [{ hostPath: /d, mountPoint: /data }, { hostPath: /e, mountPoint: /e, readOnly: false }] }\n";

  it("mounts the manifest's folders, and the experiment's own in their place", () => {
    const mounts = [
      { hostPath: "/other", mountPoint: "/data", readOnly: false },
      { hostPath: "/f", mountPoint: "/f" },
    ];
    const compiled = compile(experiment({ manifest: manifest(folder), mounts }), { hostPaths: true }, undefined);
    const directory = (name: string, path: string) => ({ name, hostPath: { path, type: "Directory" } });
    expect(JSON.stringify(compiled)).toContain(
      `"volumes":${JSON.stringify([directory("folder-1", "/e"), directory("mount-0", "/other"), directory("mount-1", "/f")])}`,
    );
    expect(JSON.stringify(compiled)).toContain(
      '"volumeMounts":[{"name":"folder-1","mountPath":"/e"},{"name":"mount-0","mountPath":"/data"},{"name":"mount-1","mountPath":"/f","readOnly":true}]',
    );
  });

  it("brings the keys of buckets in a Secret, below what the experiment takes from others", () => {
    const storage = { outputs: "s3://b", s3: { credentials: { AWS_ACCESS_KEY_ID: "k" } } };
    const own = { secretRef: { name: "own" } };
    const compiled = compile(experiment({ envFrom: [own] }), { storage }, undefined);
    const envFrom = [{ secretRef: { name: `${name}-storage` } }, own];
    expect(JSON.stringify(compiled)).toContain(`"envFrom":${JSON.stringify(envFrom)}`);
    expect(compiled).toMatchObject({
      outputs: `s3://b/${id}`,
      objects: [
        { object: { kind: "Secret", metadata: { namespace: "team" }, stringData: { AWS_ACCESS_KEY_ID: "k" } } },
      ],
    });
  });

  it("brings the shared volume's claim", () => {
    const shared = manifest("  storage: { sharedVolume: { mountPoint: /mnt/shared, sizeGB: 1 } }\n");
    expect(compile(experiment({ manifest: shared }), {}, undefined)).toMatchObject({
      objects: [{ kind: { resource: "persistentvolumeclaims" }, object: { metadata: { name: `${name}-shared` } } }],
    });
  });

  it.each([
    [
      "an invalid manifest",
      experiment({ manifest: manifest("  comand: x\n") }),
      "line 8, column 3: spec.comand is not a field of the manifest [MANIFEST_UNKNOWN_KEY] (did you mean command?)",
    ],
    [
      "folders of the nodes, where the operator does not allow them",
      experiment({ manifest: manifest(folder) }),
      expect.stringContaining("start the operator with --allow-host-paths") as string,
    ],
    [
      "no image",
      experiment({
        manifest: manifest()
          .replace(/^builder.*\n/m, "")
          .replace("  image: demo\n", ""),
      }),
      "spec.image is missing, and the experiment has no source to build an image from",
    ],
  ])("refuses %s", (_, root, problem) => {
    expect(compile(root, {}, undefined)).toEqual({ problems: [problem] });
  });

  it("refuses a name that leaves no room for pods", () => {
    expect(compile(experiment({}, `e${"x".repeat(60)}`), {}, undefined)).toMatchObject({
      problems: [expect.stringContaining("name")],
    });
  });
});
