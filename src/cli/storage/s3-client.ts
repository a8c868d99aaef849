/** The little of S3 that outputs need: listing what is below a prefix, and getting one object. */
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AwsClient } from "aws4fetch";
import type { S3Access } from "../../controllers/experiment/storage.ts";
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

export class S3Client {
  readonly #aws: AwsClient;
  readonly #endpoint: string;

  constructor(access: S3Access) {
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
      const page = parseListing(await response.text());
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
    try {
      await pipeline(body ? Readable.fromWeb(body) : Readable.from([]), createWriteStream(part));
      await rename(part, to);
    } finally {
      await rm(part, { force: true });
    }
  }

  async #get(path: string, what: string): Promise<Response> {
    let response: Response;
    try {
      response = await this.#aws.fetch(this.#endpoint + path);
    } catch (cause) {
      const { message, cause: below } = cause as Error;
      throw storageErrors
        .STORAGE_UNREACHABLE(this.#endpoint, (below as Error | undefined)?.message ?? message)
        .because(cause);
    }
    if (response.ok) return response;
    const text = await response.text();
    throw storageErrors.STORAGE_REFUSED(what, textOf(text, "Code") || String(response.status), textOf(text, "Message"));
  }
}
