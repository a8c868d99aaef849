import { expect, test } from "vitest";
import { violations } from "./import-graph.ts";

test("every import below src/ is one that the layer table allows", () => {
  expect(violations()).toEqual([]);
});
