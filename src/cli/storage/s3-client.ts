/** The little of S3 that outputs need: listing what is below a prefix, and getting one object. */
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { AwsClient } from "aws4fetch";
import type { S3Access } from "../../controllers/experiment/compile/storage.ts";
import { storageErrors } from "../errors/storage.ts";

export interface S3Object {
  readonly key: string;
  readonly bytes: number;
  readonly modified: Date;
}

export interface S3Place {
  readonly bucket: string;
  /** Without slashes at either end; empty for the whole bucket. */
  readonly prefix: string;
}

/** Of `s3://BUCKET/PREFIX`; undefined for anything else. */
export function parsePlace(place: string): S3Place | undefined {
  const [, bucket, rest = ""] = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])(\/.*)?$/.exec(place) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix: rest.replaceAll(/^\/+|\/+$/g, "") };
}

const defaultRegion = "us-east-1";

export const endpointOf = ({ endpoint, region = defaultRegion }: S3Access): string =>
  (endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, "");

const textOf = (xml: string, tag: string): string => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? "";

/** Keys come URL-encoded, as they are asked for: XML cannot carry them all. */
const decoded = (key: string) => decodeURIComponent(key.replaceAll("+", " "));

export function parseListing(xml: string): { readonly objects: readonly S3Object[]; readonly isCut: boolean } {
  const objects = [...xml.matchAll(/<Contents>([^]*?)<\/Contents>/g)].map(([, item = ""]) => ({
    key: decoded(textOf(item, "Key")),
    bytes: Number(textOf(item, "Size")),
    modified: new Date(textOf(item, "LastModified")),
  }));
  return { objects, isCut: textOf(xml, "IsTruncated") === "true" };
}

export interface S3Patience {
  /** How long a server may take to begin its answer. */
  readonly answerMs: number;
  /** How long nothing may come of an answer that has begun. */
  readonly idleMs: number;
}

const patience: S3Patience = { answerMs: 10_000, idleMs: 30_000 };

/** What went wrong below a failed request, which says no more itself than that it failed. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return (cause as Error | undefined)?.message || message;
}

/** The chunks of an answer. Throws when nothing comes for too long. */
async function* chunksOf(body: ReadableStream<Uint8Array>, idleMs: number): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`nothing came for ${idleMs / 1000} s`)), idleMs);
      });
      const { done, value } = await Promise.race([reader.read(), late]).finally(() => clearTimeout(timer));
      if (done) return;
      yield value;
    }
  } finally {
    // Of what is left nothing is wanted, and it may never come.
    void reader.cancel().catch(() => {});
  }
}

export class S3Client {
  readonly #aws: AwsClient;
  readonly #endpoint: string;
  readonly #patience: S3Patience;

  constructor(access: S3Access, limits: S3Patience = patience) {
    this.#patience = limits;
    const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN } = access.credentials;
    this.#endpoint = endpointOf(access);
    this.#aws = new AwsClient({
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
      service: "s3",
      region: access.region ?? defaultRegion,
      retries: 2,
    });
  }

  /** Objects below the prefix, by key; at most `limit`. Throws UserError. */
  async list({ bucket, prefix }: S3Place, limit = Number.POSITIVE_INFINITY): Promise<readonly S3Object[]> {
    const found: S3Object[] = [];
    for (let isCut = true; isCut && found.length < limit; ) {
      const query = new URLSearchParams({
        "list-type": "2",
        "encoding-type": "url",
        "max-keys": String(Math.min(1000, limit - found.length)),
        prefix: prefix && `${prefix}/`,
        ...(found.length > 0 && { "start-after": found.at(-1)?.key ?? "" }),
      });
      const response = await this.#get(`/${bucket}?${query.toString()}`, `s3://${bucket}`);
      const text = await response.text();
      if (!text.includes("<ListBucketResult")) throw storageErrors.STORAGE_FOREIGN(this.#endpoint);
      const page = parseListing(text);
      found.push(...page.objects);
      isCut = page.isCut && page.objects.length > 0;
    }
    return found;
  }

  /** Makes the file `to`, whole or not at all. Throws UserError. */
  async download(bucket: string, key: string, to: string): Promise<void> {
    const path = key.split("/").map(encodeURIComponent).join("/");
    const { body } = await this.#get(`/${bucket}/${path}`, `s3://${bucket}/${key}`);
    const part = `${to}.part`;
    let bytes = 0;
    const { idleMs } = this.#patience;
    async function* counted() {
      for await (const chunk of body ? chunksOf(body, idleMs) : []) {
        bytes += chunk.length;
        yield chunk;
      }
    }
    try {
      await pipeline(counted, createWriteStream(part));
      await rename(part, to);
    } catch (cause) {
      throw storageErrors.DOWNLOAD_INTERRUPTED(`s3://${bucket}/${key}`, bytes, reasonOf(cause)).because(cause);
    } finally {
      await rm(part, { force: true });
    }
  }

  async #get(path: string, what: string): Promise<Response> {
    const response = await this.#answer(path);
    if (response.ok) return response;
    const text = await response.text();
    throw storageErrors.STORAGE_REFUSED(what, textOf(text, "Code") || String(response.status), textOf(text, "Message"));
  }

  /** The beginning of the answer; the rest of it may take as long as it comes. */
  async #answer(path: string): Promise<Response> {
    const { answerMs } = this.#patience;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error(`no answer within ${answerMs / 1000} s`)), answerMs);
    try {
      return await this.#aws.fetch(this.#endpoint + path, { signal: late.signal });
    } catch (cause) {
      throw storageErrors.STORAGE_UNREACHABLE(this.#endpoint, reasonOf(cause)).because(cause);
    } finally {
      clearTimeout(timer);
    }
  }
}
