import { describe, expect, test } from "vitest";
import { forPods, forThisMachine, hasKeys, s3AccessOf } from "./s3-access.ts";
import { parseListing, parsePlace } from "./s3-client.ts";
import { placesOf, storageForPods, storageWith } from "./places.ts";

const keys = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" };

describe("a bucket's name", () => {
  test.each([
    ["s3://results", { bucket: "results", prefix: "" }],
    ["s3://results/", { bucket: "results", prefix: "" }],
    ["s3://my.results-1/team/a/", { bucket: "my.results-1", prefix: "team/a" }],
    ["s3://Results", undefined],
    ["s3://a", undefined],
    ["s3://", undefined],
    ["/results", undefined],
  ])("%s", (place, wanted) => expect(parsePlace(place)).toEqual(wanted));
});

describe("a listing of S3", () => {
  const item = (key: string, size: number) =>
    `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>"x"</ETag><Size>${size}</Size></Contents>`;
  const modified = new Date("2026-01-02T03:04:05Z");
  const rows: Readonly<Record<string, readonly [string, unknown]>> = {
    "of nothing": ["<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>", { objects: [], isCut: false }],
    "that goes on": [
      `<ListBucketResult><IsTruncated>true</IsTruncated>${item("a/b", 5)}</ListBucketResult>`,
      { objects: [{ key: "a/b", bytes: 5, modified }], isCut: true },
    ],
    "with names that XML and URLs must escape, in either way of writing a blank": [
      `<IsTruncated>false</IsTruncated>${item("a+b%2Bc%26%C3%BC", 0)}\n${item("a%20b%3C", 1)}`,
      {
        objects: [
          { key: "a b+c&ü", bytes: 0, modified },
          { key: "a b<", bytes: 1, modified },
        ],
        isCut: false,
      },
    ],
  };
  for (const [name, [xml, wanted]] of Object.entries(rows)) test(name, () => expect(parseListing(xml)).toEqual(wanted));
});

describe("how to reach S3", () => {
  test("the special endpoint wins over the general one, and that over the old one", () => {
    const all = { AWS_ENDPOINT_URL_S3: "a", AWS_ENDPOINT_URL: "b", S3_ENDPOINT: "c" };
    expect(s3AccessOf(all).endpoint).toBe("a");
    expect(s3AccessOf({ ...all, AWS_ENDPOINT_URL_S3: "" }).endpoint).toBe("b");
    expect(s3AccessOf({ S3_ENDPOINT: "c", AWS_DEFAULT_REGION: "r" })).toEqual({
      endpoint: "c",
      region: "r",
      credentials: {},
    });
  });

  test("only keys travel as credentials; both are needed", () => {
    const access = s3AccessOf({ ...keys, AWS_SESSION_TOKEN: "t", AWS_PROFILE: "p" });
    expect(access).toEqual({ credentials: { ...keys, AWS_SESSION_TOKEN: "t" } });
    expect([hasKeys(access), hasKeys(s3AccessOf({ AWS_ACCESS_KEY_ID: "k" }))]).toEqual([true, false]);
  });

  test.each([
    ["http://localhost:9000", "http://windlass-storage.default.svc:9000", "http://127.0.0.1:9000"],
    ["http://127.0.0.1", "http://windlass-storage.default.svc:80", "http://127.0.0.1:80"],
    ["http://[::1]:9000/", "http://windlass-storage.default.svc:9000", "http://127.0.0.1:9000"],
    ["https://localhost:9000", "https://localhost:9000", "https://localhost:9000"],
    ["http://s3.lan:9000", "http://s3.lan:9000", "http://s3.lan:9000"],
  ])("%s is another address for pods, and this machine finds the way back", (endpoint, inPods, here) => {
    const pods = forPods({ endpoint, credentials: {} });
    expect(pods.endpoint).toBe(inPods);
    expect(forThisMachine(pods).endpoint).toBe(here);
  });
});

describe("where outputs and inputs are", () => {
  test("flags win over variables, folders are made absolute, buckets stay", () => {
    const env = { WINDLASS_OUTPUTS: "/var/out", WINDLASS_INPUTS: "s3://inputs/a" };
    expect(placesOf({ outputs: "out" }, env, "/home/ada")).toEqual({
      outputs: "/home/ada/out",
      inputs: "s3://inputs/a",
    });
    expect(placesOf({}, {}, "/")).toEqual({});
  });

  test.each([
    ["a flag", { outputs: "s3://No" }, {}, "--outputs s3://No: expected s3://BUCKET or s3://BUCKET/PREFIX"],
    ["a variable", {}, { WINDLASS_INPUTS: "s3://" }, "WINDLASS_INPUTS s3://: expected"],
  ])("%s that names no bucket is refused", (_, flags, env, message) =>
    expect(() => placesOf(flags, env, "/")).toThrow(message),
  );

  test("keys are asked for where there is a bucket, and taken only there", () => {
    expect(storageWith({ outputs: "/out" }, keys)).toEqual({ outputs: "/out" });
    expect(storageWith({ outputs: "/out", inputs: "s3://in" }, keys)).toMatchObject({ s3: { credentials: keys } });
    expect(() => storageWith({ outputs: "s3://out" }, {})).toThrow(
      "s3://out: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set",
    );
  });

  test("pods get the address that they reach", () => {
    const s3 = { endpoint: "http://localhost:1", credentials: {} };
    expect(storageForPods({ outputs: "s3://out", s3 }).s3?.endpoint).toBe("http://windlass-storage.default.svc:1");
    expect(storageForPods({ outputs: "/out" })).toEqual({ outputs: "/out" });
  });
});
