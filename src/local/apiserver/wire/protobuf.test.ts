import { describe, expect, it } from "vitest";
import type { KubeError } from "../../../kube/errors.ts";
import { parseProtobuf } from "./protobuf.ts";

/** A field of bytes: short enough for lengths of one byte. */
const field = (number: number, value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
};
const number = (at: number, value: number): Buffer => Buffer.from([at << 3, value]);

function envelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  const typeMeta = Buffer.concat([field(1, apiVersion), field(2, kind)]);
  return Buffer.concat([Buffer.from("k8s\0", "latin1"), field(1, typeMeta), field(2, raw)]);
}

const metadata = Buffer.concat([field(1, "x"), field(2, ""), field(8, ""), number(7, 0)]);

describe("parseProtobuf", () => {
  it("reads members and maps, and leaves out what was not set", () => {
    const data = field(2, Buffer.concat([field(1, "a"), field(2, "b")]));
    const body = envelope("v1", "ConfigMap", Buffer.concat([field(1, metadata), data]));
    expect(parseProtobuf(body)).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "x" },
      data: { a: "b" },
    });
  });

  it("reads bytes as base64", () => {
    const data = field(2, Buffer.concat([field(1, "k"), field(2, "v")]));
    expect(parseProtobuf(envelope("v1", "Secret", data))).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      data: { k: "dg==" },
    });
  });

  it("joins what Go embeds, and reads quantities, ports and lists", () => {
    const emptyDir = field(2, field(2, field(2, field(1, "1Gi"))));
    const volume = field(1, Buffer.concat([field(1, "tmp"), emptyDir]));
    const body = envelope("v1", "Pod", field(2, volume));
    expect(parseProtobuf(body)).toMatchObject({ spec: { volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1Gi" } }] } });
    const port = field(
      1,
      Buffer.concat([
        number(3, 80),
        field(4, Buffer.concat([number(1, 1), number(2, 0), field(3, "http")])),
        number(5, 0),
      ]),
    );
    const service = parseProtobuf(envelope("v1", "Service", field(2, port)));
    expect(service).toMatchObject({ spec: { ports: [{ port: 80, targetPort: "http" }] } });
  });

  it.each([
    ["something else", Buffer.from("{}"), 400],
    ["a body that is cut short", envelope("v1", "ConfigMap", field(1, metadata)).subarray(0, 30), 400],
    ["a kind without a table", envelope("example.dev/v1", "Thing", Buffer.alloc(0)), 415],
  ])("refuses %s", (_, body, code) => {
    let thrown: unknown;
    try {
      parseProtobuf(body);
    } catch (error) {
      thrown = error;
    }
    expect((thrown as KubeError).code).toBe(code);
  });
});
