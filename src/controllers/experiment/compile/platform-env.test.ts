import { expect, test } from "vitest";
import type { Experiment } from "../../../api/experiment/types.ts";
import { platformEnv, slug } from "./platform-env.ts";

const root: Experiment = {
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: "experiment-1", uid: "uid" },
  spec: {
    manifest: "x",
    id: "6f4a850d-2281-4a6e-8d9e-68aa5d69034e",
    message: "EXP: smoke",
    env: { TOKEN: "t", AICHOR_PROJECT_ID: "mine" },
    vcs: { sha: "ae6ae19c0000", refName: "Feature/One", commitMessage: "subject\n\nbody", authorName: "Ada" },
  },
};

test("what is known is told, what is not is left out, and the experiment's own variables win", () => {
  expect(platformEnv(root, { projectId: "p", storage: { outputs: "s3://bucket/output/" } })).toEqual({
    PYTHONUNBUFFERED: "1",
    AICHOR_EXPERIMENT_ID: "6f4a850d-2281-4a6e-8d9e-68aa5d69034e",
    AICHOR_PROJECT_ID: "mine",
    AICHOR_EXPERIMENT_MESSAGE: "EXP: smoke",
    AICHOR_USER_NAME: "Ada",
    AICHOR_OUTPUT_PATH: "s3://bucket/output/6f4a850d-2281-4a6e-8d9e-68aa5d69034e",
    AICHOR_OUTPUT_BUCKET_NAME: "bucket",
    AICHOR_TENSORBOARD_PATH: "s3://bucket/output/6f4a850d-2281-4a6e-8d9e-68aa5d69034e/tensorboard",
    AICHOR_LOGS_PATH: "s3://bucket/output/6f4a850d-2281-4a6e-8d9e-68aa5d69034e/tensorboard",
    WINDLASS_CHECKPOINT_PATH: "s3://bucket/output/6f4a850d-2281-4a6e-8d9e-68aa5d69034e/checkpoints",
    TOKEN: "t",
    VCS_AUTHOR_NAME: "Ada",
    VCS_COMMIT_MESSAGE: "subject\n\nbody",
    VCS_COMMIT_MESSAGE_SHORT: "subject",
    VCS_REF_NAME: "Feature/One",
    VCS_REF_NAME_SLUG: "feature-one",
    VCS_SHA: "ae6ae19c0000",
    VCS_SHA_SHORT: "ae6ae19c",
  });
});

test.each([
  ["main", "main"],
  ["Feature/X_y", "feature-x-y"],
  ["--a--", "a"],
  [`${"a".repeat(62)}/b`, "a".repeat(62)],
])("the slug of %s", (ref, wanted) => expect(slug(ref)).toBe(wanted));
