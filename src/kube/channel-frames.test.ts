import { expect, test } from "vitest";
import { exitStatusOf, framed } from "./channel-frames.ts";

const verdict = (status: unknown) => new TextEncoder().encode(JSON.stringify(status));

test("a message begins with the number of its channel", () => {
  expect(framed(4, Uint8Array.of(7, 8))).toEqual(Uint8Array.of(4, 7, 8));
});

test.each<[string, unknown, number]>([
  ["success is 0", { status: "Success" }, 0],
  [
    "a failure has the command's own status",
    { status: "Failure", reason: "NonZeroExitCode", details: { causes: [{ reason: "ExitCode", message: "42" }] } },
    42,
  ],
])("%s", (_, status, wanted) => {
  expect(exitStatusOf(verdict(status))).toBe(wanted);
});

test("a command that could not be run is an error in the server's words", () => {
  const status = { status: "Failure", reason: "InternalError", message: "no such file", code: 500 };
  expect(() => exitStatusOf(verdict(status))).toThrow("no such file");
});
