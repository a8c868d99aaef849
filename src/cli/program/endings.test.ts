import { expect, test } from "vitest";
import { type Ending, statusOfEnding } from "./endings.ts";

test("statuses are those of a shell", () => {
  const endings: readonly Ending[] = ["SIGHUP", "SIGINT", "SIGPIPE", "SIGTERM"];
  expect(endings.map(statusOfEnding)).toEqual([129, 130, 141, 143]);
});
