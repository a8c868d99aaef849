/** What a person is told when an S3 server fails, by servers of a few lines; and that half a file is never left. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bucketStore } from "../outputs/bucket-store.ts";
import { downloadAll } from "../outputs/download.ts";
import { UserError } from "../errors/user-error.ts";
import { S3Client } from "./s3-client.ts";

const credentials = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" };
const results = { bucket: "results", prefix: "" };

let server: Server | undefined;
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "windlass-s3-"));
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** The endpoint of a server that answers so. */
async function listen(answer: RequestListener): Promise<string> {
  const made = createServer(answer);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

const refuse =
  (status: number, code: string): RequestListener =>
  (_, response) =>
    void response.writeHead(status).end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);

const failure = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error as UserError);

test.each<[string, RequestListener, string, string | RegExp, RegExp]>([
  [
    "a wrong key",
    refuse(403, "InvalidAccessKeyId"),
    "STORAGE_REFUSED",
    "s3://results: the S3 server answered InvalidAccessKeyId: no",
    /set AWS_ACCESS_KEY_ID/,
  ],
  [
    "a wrong secret",
    refuse(403, "SignatureDoesNotMatch"),
    "STORAGE_REFUSED",
    /^s3:\/\/results: .*SignatureDoesNotMatch/,
    /set AWS_ACCESS_KEY_ID/,
  ],
  [
    "no such bucket",
    refuse(404, "NoSuchBucket"),
    "STORAGE_REFUSED",
    /^s3:\/\/results: .*NoSuchBucket/,
    /create the bucket/,
  ],
  ["another region", refuse(301, "PermanentRedirect"), "STORAGE_REFUSED", /PermanentRedirect/, /set AWS_REGION/],
  [
    "a server that never answers",
    () => {},
    "STORAGE_UNREACHABLE",
    /^cannot reach the S3 server http:.*: no answer within 0.2 s$/,
    /AWS_ENDPOINT_URL/,
  ],
  [
    "a server that hangs up",
    (request) => void request.socket.destroy(),
    "STORAGE_UNREACHABLE",
    /^cannot reach the S3 server http:/,
    /AWS_ENDPOINT_URL/,
  ],
  [
    "a server of something else",
    (_, response) => void response.end("<html>Welcome"),
    "STORAGE_FOREIGN",
    /is not an S3 server/,
    /AWS_ENDPOINT_URL/,
  ],
])("a listing fails: %s", async (_, answer, code, message, remedy) => {
  const client = new S3Client({ endpoint: await listen(answer), credentials }, { answerMs: 200, idleMs: 200 });
  const error = await failure(client.list(results));
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message), remedy: expect.stringMatching(remedy) });
});

const files: Readonly<Record<string, string>> = { "a.txt": "first", "b.txt": "second" };
const listing = `<ListBucketResult>${Object.entries(files)
  .map(
    ([key, text]) =>
      `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><Size>${text.length}</Size></Contents>`,
  )
  .join("")}</ListBucketResult>`;

/** Serves the files, of b.txt only the first letters while `isBroken` says so; tells what was asked for. */
function serve(asked: string[], isBroken: () => "" | "cut" | "stalled"): RequestListener {
  return ({ url = "" }, response) => {
    const name = url.split("/").at(-1) ?? "";
    if (url.includes("list-type")) return void response.end(listing);
    asked.push(name);
    const text = files[name] ?? "";
    if (name === "a.txt" || !isBroken()) return void response.end(text);
    response.writeHead(200, { "content-length": text.length });
    response.write(text.slice(0, 3), () => {
      if (isBroken() === "cut") response.destroy();
    });
  };
}

test.each(["cut", "stalled"] as const)(
  "a download that is %s leaves no half file, and is taken up again",
  async (how) => {
    const asked: string[] = [];
    let broken: "" | "cut" | "stalled" = how;
    const endpoint = await listen(serve(asked, () => broken));
    const store = bucketStore("s3://results", results, { endpoint, credentials }, { answerMs: 5000, idleMs: 200 });
    const found = await store.list();
    const error = await failure(downloadAll(store, found, folder));
    expect(error).toMatchObject({
      code: "DOWNLOAD_INTERRUPTED",
      message: expect.stringMatching(/^s3:\/\/results\/b\.txt: the download was interrupted after 3 bytes: \S/),
      remedy: expect.stringContaining("run the command again"),
    });
    expect(existsSync(join(folder, "b.txt"))).toBe(false);

    broken = "";
    asked.length = 0;
    await downloadAll(store, found, folder);
    expect(readFileSync(join(folder, "b.txt"), "utf8")).toBe("second");
    expect([asked, readdirSync(folder).toSorted()]).toEqual([["b.txt"], ["a.txt", "b.txt"]]);
  },
);

test("a file that was changed here is downloaded again", async () => {
  const asked: string[] = [];
  const endpoint = await listen(serve(asked, () => ""));
  const store = bucketStore("s3://results", results, { endpoint, credentials });
  const found = await store.list();
  await downloadAll(store, found, folder);
  writeFileSync(join(folder, "a.txt"), "other");
  asked.length = 0;
  await downloadAll(store, found, folder);
  expect([asked, readFileSync(join(folder, "a.txt"), "utf8")]).toEqual([["a.txt"], "first"]);
});
