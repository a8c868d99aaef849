import { describe, expect, it } from "vitest";
import { chooseRayLog } from "./ray-logs.ts";

const logs = ["e-head-1/gcs_server.out", "e-head-1/raylet.out", "e-cpu-worker-2/raylet.out"].map((name) => ({
  name,
  file: `/logs/${name}`,
  size: 1,
}));

describe("which of Ray's logs is meant", () => {
  it.each([
    ["e-head-1/raylet.out", "e-head-1/raylet.out"],
    ["gcs", "e-head-1/gcs_server.out"],
    ["worker-2/raylet", "e-cpu-worker-2/raylet.out"],
  ])("by %s", (wanted, name) => expect(chooseRayLog(logs, wanted).name).toBe(name));
  it.each([
    ["nothing", "RAY_LOG_NOT_FOUND"],
    ["raylet.out", "RAY_LOG_AMBIGUOUS"],
  ])("is none or not clear by %s: %s", (wanted, code) => {
    expect(() => chooseRayLog(logs, wanted)).toThrow(expect.objectContaining({ code }));
  });
});
