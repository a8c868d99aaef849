import { describe, expect, test } from "vitest";
import type { Experiment } from "../../../api/experiment/types.ts";
import { storageOf } from "./storage.ts";

const id = "6f4a850d-2281-4a6e-8d9e-68aa5d69034e";
const earlier = "11111111-2281-4a6e-8d9e-68aa5d69034e";

const experiment = (spec: Partial<Experiment["spec"]> = {}): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: "e" },
  spec: { manifest: "x", ...spec },
});

const folder = (name: string, path: string, readOnly = false) => ({
  name,
  hostPath: path,
  mountPath: path,
  readOnly,
  type: "DirectoryOrCreate",
});

describe("where an experiment's files are", () => {
  test("nothing is told and mounted where the cluster keeps nothing", () => {
    expect(storageOf(experiment(), id, {})).toMatchObject({ env: {}, mounts: [] });
    expect(Object.values(storageOf(experiment(), id, {}).env).filter(Boolean)).toEqual([]);
  });

  test("folders are mounted where they are on the node; what is for all is read-only", () => {
    const { env, mounts, outputs, s3 } = storageOf(experiment(), id, { outputs: "/out/", inputs: "/in" });
    expect(mounts).toEqual([
      folder("inputs", "/in", true),
      folder("outputs", `/out/${id}`),
      folder("checkpoints", `/out/${id}/checkpoints`),
    ]);
    expect(env).toMatchObject({
      AICHOR_INPUT_PATH: "/in",
      AICHOR_OUTPUT_PATH: `/out/${id}`,
      AICHOR_TENSORBOARD_PATH: `/out/${id}/tensorboard`,
      AICHOR_LOGS_PATH: `/out/${id}/tensorboard`,
      AICHOR_LOCAL_LOGS_PATH: `/out/${id}/tensorboard`,
      WINDLASS_CHECKPOINT_PATH: `/out/${id}/checkpoints`,
    });
    expect(env["AICHOR_OUTPUT_BUCKET_NAME"]).toBeUndefined();
    expect({ outputs, s3 }).toEqual({ outputs: `/out/${id}`, s3: undefined });
  });

  test("an experiment that resumes another has that one's checkpoints, and outputs of its own", () => {
    const { env, mounts } = storageOf(experiment({ resumeFrom: earlier }), id, { outputs: "/out" });
    expect(env["WINDLASS_CHECKPOINT_PATH"]).toBe(`/out/${earlier}/checkpoints`);
    expect(mounts.map(({ mountPath }) => mountPath)).toEqual([`/out/${id}`, `/out/${earlier}/checkpoints`]);
  });

  test("buckets are named with how to reach them, and keys travel in the Secret", () => {
    const s3 = { endpoint: "http://s3:9000", region: "eu-1", credentials: { AWS_ACCESS_KEY_ID: "k" } };
    const {
      env,
      mounts,
      s3: secret,
    } = storageOf(experiment(), id, {
      outputs: "s3://results/team",
      inputs: "/in",
      s3,
    });
    expect(mounts.map(({ name }) => name)).toEqual(["inputs"]);
    expect(env).toMatchObject({
      AICHOR_OUTPUT_PATH: `s3://results/team/${id}`,
      AICHOR_OUTPUT_BUCKET_NAME: "results",
      WINDLASS_CHECKPOINT_PATH: `s3://results/team/${id}/checkpoints`,
    });
    expect(env["AICHOR_LOCAL_LOGS_PATH"]).toBeUndefined();
    expect(JSON.stringify(env)).not.toContain('"k"');
    expect(secret).toEqual({
      AWS_ENDPOINT_URL: "http://s3:9000",
      AWS_ENDPOINT_URL_S3: "http://s3:9000",
      AICHOR_AWS_ENDPOINT_URL: "http://s3:9000",
      S3_ENDPOINT: "http://s3:9000",
      AWS_REGION: "eu-1",
      AWS_DEFAULT_REGION: "eu-1",
      AWS_ACCESS_KEY_ID: "k",
    });
  });

  test("keys are not handed to experiments that use no bucket", () => {
    const s3 = { credentials: { AWS_ACCESS_KEY_ID: "k" } };
    expect(storageOf(experiment(), id, { outputs: "/out", s3 }).s3).toBeUndefined();
  });
});
