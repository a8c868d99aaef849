/** Errors in what an image is built from: Dockerfile and build context. */
import { defineErrors, makersOf } from "./define.ts";

export const imageArea = defineErrors("Images and Dockerfiles", {
  DOCKERFILE_NOT_FOUND: {
    when: "the file in `builder.dockerfile` or the folder in `builder.context` does not exist",
    message: (what: string, _near?: string) => what,
    remedy: (_what: string, near?: string) =>
      near
        ? `did you mean ${near}? Paths are relative to builder.context`
        : "fix the path, which is relative to builder.context, or leave it out: without a Dockerfile, Windlass installs requirements.txt or pyproject.toml",
  },
  DOCKERFILE_INVALID: {
    when: "Docker would reject the Dockerfile: its syntax, a stage, or a file named by COPY",
    message: (problems: string) => problems,
    remedy: "fix the lines above; nothing was started",
  },
  NO_IMAGE: {
    when: "an experiment for a cluster names no image",
    message: () => "the manifest names no image, and images are built from source on the local cluster only",
    remedy: "name one with --image REGISTRY/NAME:TAG, or set spec.image",
    exitStatus: 2,
  },
  IMAGE_NOT_BUILT: {
    when: "an experiment for a cluster names an image that only the manifest's `builder` would make",
    message: (image: string) =>
      `the manifest builds its image "${image}" itself, and images are built on the local cluster only`,
    remedy: (image: string) =>
      `build and push it, then name it with --image REGISTRY/${image}:TAG, or set builder.registry`,
    exitStatus: 2,
  },
});

export const imageErrors = makersOf(imageArea);
