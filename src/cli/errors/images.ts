/** Errors of what an image is made from: Dockerfile and build context. */
import { defineErrors, makersOf } from "./define.ts";

export const imageArea = defineErrors("Images and Dockerfiles", {
  DOCKERFILE_NOT_FOUND: {
    when: "`builder.dockerfile` or `builder.context` of the manifest names something that is not there",
    message: (what: string, _near?: string) => what,
    remedy: (_what: string, near?: string) =>
      near
        ? `did you mean ${near}? Paths are relative to builder.context`
        : "correct the path, relative to builder.context, or leave it out: without a Dockerfile, requirements.txt or pyproject.toml says what is installed",
  },
  DOCKERFILE_INVALID: {
    when: "Docker would not build the Dockerfile: its syntax, a stage, or a file that COPY names",
    message: (problems: string) => problems,
    remedy: "correct the lines named above; nothing was started",
  },
});

export const imageErrors = makersOf(imageArea);
