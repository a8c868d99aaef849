import { describe, expect, it } from "vitest";
import { checkPullable } from "./cluster-image.ts";

const manifest = ({ builder = "", image = "" }) => `kind: AIchorManifest
apiVersion: "0.2.3"
${builder && `builder: ${builder}\n`}spec:
  operator: jobset
${image && `  image: ${image}\n`}  command: "true"
  types: { worker: { resources: { cpus: 1, ramRatio: 1 } } }
`;

describe("checkPullable accepts", () => {
  it.each([
    ["an image that is not built", { image: "python:3.12" }, undefined],
    ["an image that is built and pushed", { builder: "{ image: demo, registry: reg.io/team }" }, undefined],
    ["an image whose name says where it is", { builder: "{ image: reg.io/demo }", image: "reg.io/demo" }, undefined],
    ["what the user names", { builder: "{ image: demo }", image: "demo" }, "demo:v1"],
    ["what the user names for a manifest without an image", {}, "demo:v1"],
  ])("%s", (_, parts, given) => {
    expect(() => checkPullable(manifest(parts), given)).not.toThrow();
  });
});

describe("checkPullable refuses", () => {
  it.each([
    [
      "an image that only a builder has",
      { builder: "{ image: demo, dockerfile: Dockerfile }" },
      /builds its image "demo"/,
    ],
    ["a manifest without an image", {}, /names no image/],
  ])("%s", (_, parts, message) => {
    expect(() => checkPullable(manifest(parts), undefined)).toThrow(message);
  });
});
