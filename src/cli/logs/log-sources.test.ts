import { expect, test } from "vitest";
import { rayPartOfName } from "./log-sources.ts";

test.each<[string, string | undefined]>([
  ["e-1-cgw6r-head-znxkt", "head"],
  ["e-1-cgw6r-cpu-small-worker-gbf9r", "cpu-small"],
  ["e-1-cgw6r-worker-worker-gbf9r", "worker"],
  ["e-1-6znl7", undefined],
])("the part that %s played in a Ray cluster is %s", (pod, part) => expect(rayPartOfName("e-1", pod)).toBe(part));
