/** Writing answers to HTTP responses: JSON, watches as lines of JSON, byte streams. */
import type { ServerResponse } from "node:http";
import { finished } from "node:stream";
import { stringify as formatYaml } from "yaml";
import type { WatchEvent } from "../../../kube/transport.ts";
import type { HandlerResponse, BytesResponse, JsonResponse, WatchResponse } from "./response.ts";

/** Bytes a watcher may lag behind; past this it is cut off, and lists again. */
const maxLagBytes = 16 * 1024 * 1024;

const escapeWarning = (text: string): string =>
  text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll(/[\r\n]+/g, " ");

type Headers = Record<string, string | string[] | number>;

function warningHeaders(warnings: readonly string[] | undefined): Headers {
  return warnings?.length ? { warning: warnings.map((text) => `299 - "${escapeWarning(text)}"`) } : {};
}

function sendJson(
  response: ServerResponse,
  { status, body, contentType, warnings }: JsonResponse,
  accept: string,
): void {
  const asYaml = accept.startsWith("application/yaml");
  const text = asYaml ? formatYaml(body) : `${JSON.stringify(body)}\n`;
  const type = contentType ?? (asYaml ? "application/yaml" : "application/json");
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-cache, private",
    ...warningHeaders(warnings),
  } satisfies Headers);
  response.end(text);
}

/** The text of the newest event's object: the same object goes to every watcher, one after the other. */
let newest: { readonly object: unknown; readonly text: string } | undefined;

function lineOf({ type, object }: WatchEvent): string {
  const known: { object: unknown; text: string } =
    newest !== undefined && newest.object === object ? newest : { object, text: JSON.stringify(object) };
  newest = known;
  return `{"type":"${type}","object":${known.text}}\n`;
}

function sendWatch(response: ServerResponse, { open, warnings }: WatchResponse): void {
  response.writeHead(200, {
    "content-type": "application/json",
    "cache-control": "no-cache, private",
    ...warningHeaders(warnings),
  } satisfies Headers);
  response.flushHeaders();
  const stop = open({
    event(event) {
      response.write(lineOf(event));
      if (response.writableLength <= maxLagBytes) return true;
      response.destroy();
      return false;
    },
    end: () => response.end(),
  });
  finished(response, stop);
}

async function sendBytes(
  response: ServerResponse,
  { status, contentType, headers, body }: BytesResponse,
): Promise<void> {
  response.writeHead(status, { ...(contentType && { "content-type": contentType }), ...headers } as Record<
    string,
    string
  >);
  response.flushHeaders();
  try {
    for await (const chunk of body) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await drained(response);
    }
    response.end();
  } catch {
    // The stream broke after its headers went out: only cutting the connection can still say so.
    response.destroy();
  }
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });

export async function respond(response: ServerResponse, answer: HandlerResponse, accept = ""): Promise<void> {
  switch (answer.type) {
    case "json":
      return sendJson(response, answer, accept);
    case "watch":
      return sendWatch(response, answer);
    case "bytes":
      return sendBytes(response, answer);
  }
}
