import { expect, test } from "vitest";
import { parsePortPair } from "./local-ports.ts";

test.each([
  ["8265", { local: 8265, remote: 8265 }],
  ["9000:8265", { local: 9000, remote: 8265 }],
  ["0:8265", { local: 0, remote: 8265 }],
])("%s is read", (text, pair) => {
  expect(parsePortPair(text)).toEqual(pair);
});

test.each([["0"], ["x"], [""], [":80"], ["80:"], ["80:0"], ["1:2:3"], ["70000"], ["1.5"]])("%j is refused", (text) => {
  expect(() => parsePortPair(text)).toThrow("is not a port: expected PORT or LOCAL:PORT");
});
