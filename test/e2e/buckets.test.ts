/** Inputs and outputs in buckets of a real S3 server, which listens on this machine's own loopback. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Experiment } from "../../src/api/experiment/types.ts";
import { type S3Server, startS3 } from "./s3-server.ts";
import { shellManifest, Windlass } from "./windlass.ts";

const program = `import os, boto3, urllib.parse
s3 = boto3.client("s3")
bucket, _, key = os.environ["AICHOR_INPUT_PATH"].removeprefix("s3://").partition("/")
words = s3.get_object(Bucket=bucket, Key=f"{key}/words").get("Body").read().decode()
print("read", words)
place = urllib.parse.urlparse(os.environ["AICHOR_OUTPUT_PATH"])
assert place.netloc == os.environ["AICHOR_OUTPUT_BUCKET_NAME"]
for name in ("model.pt", "tables/a b+c&ü.csv"):
    s3.put_object(Bucket=place.netloc, Key=f"{place.path[1:]}/{name}", Body=words.upper().encode())
s3.put_object(Bucket=place.netloc, Key=f"{place.path[1:]}/folder/", Body=b"")
last = urllib.parse.urlparse(os.environ["WINDLASS_CHECKPOINT_PATH"])
s3.put_object(Bucket=last.netloc, Key=f"{last.path[1:]}/last", Body=b"1")
`;

describe("buckets", () => {
  let server: S3Server;
  let windlass: Windlass;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join("/var/tmp", "windlass-s3-"));
    server = await startS3(folder, ["results", "datasets"]);
    writeFileSync(join(folder, "objects", "datasets", "words"), "");
    windlass = new Windlass(server.env);
  });
  afterAll(async () => {
    await windlass?.stop();
    await server?.stop();
  });

  test.each([
    [
      "keys that are wrong",
      { AWS_SECRET_ACCESS_KEY: "wrong" },
      "s3://results",
      /answered SignatureDoesNotMatch.*\n.*set AWS_/,
    ],
    [
      "no keys",
      { AWS_ACCESS_KEY_ID: "" },
      "s3://results",
      /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set .*\[STORAGE_KEYS\]/,
    ],
    ["a bucket that is not there", {}, "s3://none", /s3:\/\/none: the S3 server answered NoSuchBucket/],
    [
      "a server that is not there",
      { AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
      "s3://results",
      /\[STORAGE_UNREACHABLE\]/,
    ],
    ["what is no bucket's name", {}, "s3://No", /--outputs s3:\/\/No: expected s3:\/\/BUCKET/],
  ])("up refuses %s", async (_, env, place, message) => {
    const other = new Windlass({ ...server.env, ...env });
    const { status, output } = await other.run("up", "--outputs", place);
    await other.stop();
    expect(output).toMatch(message);
    expect(status).not.toBe(0);
  });

  test("hold what programs read and write; outputs are listed and downloaded; no key is in plain sight", async () => {
    const { S3Client } = await import("../../src/cli/storage/s3-client.ts");
    expect(
      await new S3Client({ endpoint: server.endpoint, credentials: server.env }).list({
        bucket: "results",
        prefix: "",
      }),
    ).toEqual([]);
    const up = await windlass.run("up", "--outputs", "s3://results/team", "--inputs", "s3://datasets/corpus");
    expect(up.status, up.output).toBe(0);
    await server.put("datasets", "corpus/words", "one two");
    const project = windlass.project(shellManifest("python3 main.py"), {
      "main.py": program,
      "requirements.txt": "boto3==1.44.5\n",
    });
    const { status, output } = await windlass.run("run", project);
    expect(status, output).toBe(0);
    expect(output).toContain("read one two");
    const experiment = await windlass.json<Experiment>("get", "latest");
    const place = `s3://results/team/${experiment.spec.id}`;
    expect(output).toContain(`outputs: 3 files, 15 B in ${place} · `);
    const listed = await windlass.json<{ files: readonly { path: string }[] }>("outputs", "latest");
    expect(listed.files.map(({ path }) => path)).toEqual(["checkpoints/last", "model.pt", "tables/a b+c&ü.csv"]);
    const target = join(windlass.home, "downloaded");
    await windlass.run("outputs", "latest", "--download", target);
    expect(readFileSync(join(target, "tables/a b+c&ü.csv"), "utf8")).toBe("ONE TWO");
    expect(JSON.stringify(experiment)).not.toContain("test-secret");
    expect((await windlass.run("outputs", "latest")).output).not.toContain("test-secret");
  });
});
