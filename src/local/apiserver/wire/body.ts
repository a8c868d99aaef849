/** Reading request bodies: JSON or YAML, of a bounded size. */
import type { IncomingMessage } from "node:http";
import { parse as parseYaml } from "yaml";
import { badRequest, tooLarge, unsupportedMediaType } from "../errors.ts";
import { parseProtobuf, protobufType } from "./protobuf.ts";

const maxBodyBytes = 3 * 1024 * 1024;

/** The whole body. Throws 413 past the limit; the rest is not read. */
export async function readBody(request: IncomingMessage, limit = maxBodyBytes): Promise<Buffer> {
  if (Number(request.headers["content-length"]) > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parsed(parse: () => unknown, what: string): unknown {
  try {
    return parse();
  } catch (error) {
    throw badRequest(`the body is not valid ${what}: ${(error as Error).message.split("\n")[0]}`);
  }
}

/** A body as a JSON value; undefined when it is empty. Throws 400, 415. */
export function parseBody(body: Buffer, contentType: string | undefined): unknown {
  if (body.length === 0) return undefined;
  const type = (contentType ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "application/json" || type === "application/x-www-form-urlencoded" || type.endsWith("+json")) {
    return parsed(() => JSON.parse(body.toString()), "JSON");
  }
  if (type === "application/yaml" || type.endsWith("+yaml")) {
    // JSON is YAML, and read much faster as what it is.
    const text = body.toString();
    if (/^\s*\{/.test(text)) {
      try {
        return JSON.parse(text);
      } catch {
        // Flow-style YAML.
      }
    }
    return parsed(() => parseYaml(text, { version: "1.1" }), "YAML");
  }
  if (type === protobufType) return parseProtobuf(body);
  throw unsupportedMediaType(type, ["application/json", "application/yaml"]);
}
