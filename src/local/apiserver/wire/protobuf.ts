/**
 * Reads objects that clients send as Kubernetes' protobuf (`kubectl create` does): the envelope, then the built-in kinds by
 * the field numbers in protobuf.json. Answers are always JSON. Pure.
 */
import { parseApiVersion } from "../../../meta/object.ts";
import { badRequest, unsupportedMediaType } from "../errors.ts";
import { shapeName } from "../openapi/built-in.ts";
import table from "../openapi/protobuf.json" with { type: "json" };

type Field = readonly [name: string, type: string, form?: "r" | "m" | "i"];
type Message = Readonly<Record<string, Field>>;

const messages = table as unknown as Readonly<Record<string, Message>>;
export const protobufType = "application/vnd.kubernetes.protobuf";
const magic = Buffer.from("k8s\0", "latin1");
const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";

interface Raw {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/** The fields of a message as they stand. Throws RangeError when it is cut short. */
function* rawFields(bytes: Buffer): Iterable<Raw> {
  let at = 0;
  const varint = (): bigint => {
    let result = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError("the message is cut short");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const value = wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : Number(varint()));
    yield { number: tag >> 3, value };
  }
}

const first = (bytes: Buffer, number: number): Raw["value"] | undefined =>
  [...rawFields(bytes)].find((field) => field.number === number)?.value;
const signed = (value: Raw["value"] | undefined): number =>
  Number(BigInt.asIntN(64, typeof value === "bigint" ? value : 0n));

function timeOf(bytes: Buffer, withMicros: boolean): string | null {
  const seconds = signed(first(bytes, 1));
  if (bytes.length === 0) return null;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  const micros = Math.floor(signed(first(bytes, 2)) / 1000);
  return withMicros ? `${text}.${String(micros).padStart(6, "0")}Z` : `${text}Z`;
}

/** Types that JSON writes otherwise than their fields. */
const special: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": (bytes) => String(first(bytes, 1) ?? "0"),
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": (bytes) =>
    signed(first(bytes, 1)) === 0 ? signed(first(bytes, 2)) : String(first(bytes, 3) ?? ""),
  [`${meta}.Time`]: (bytes) => timeOf(bytes, false),
  [`${meta}.MicroTime`]: (bytes) => timeOf(bytes, true),
  [`${meta}.FieldsV1`]: (bytes) => JSON.parse(String(first(bytes, 1) ?? "{}")) as unknown,
  "io.k8s.apimachinery.pkg.runtime.RawExtension": (bytes) => JSON.parse(String(first(bytes, 1) ?? "null")) as unknown,
};

function valueOf(type: string, value: Raw["value"]): unknown {
  if (typeof value === "bigint") return type === "bool" ? value !== 0n : signed(value);
  if (type === "string") return value.toString();
  if (type === "bytes") return value.toString("base64");
  if (type === "double") return value.readDoubleLE();
  const read = special[type];
  if (read) return read(value);
  const message = messages[type];
  return message ? messageOf(message, value) : {};
}

/** Members that Go's encoder writes as zero or false though nobody set them, and that mean nothing then. */
const zeroIsUnset = new Set([
  "generation",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostPort",
  "initialDelaySeconds",
  "nodePort",
  "readOnly",
  "stdin",
  "stdinOnce",
  "tty",
]);

const isUnset = (name: string, value: unknown): boolean =>
  value === "" || value === null || ((value === 0 || value === false) && zeroIsUnset.has(name));

function messageOf(message: Message, bytes: Buffer): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { number, value } of rawFields(bytes)) {
    const [name, type, form] = message[number] ?? [];
    if (name === undefined || type === undefined) continue;
    if (form === "m") {
      const key = String(first(value as Buffer, 1) ?? "");
      const member = first(value as Buffer, 2) ?? Buffer.alloc(0);
      result[name] = { ...(result[name] as object | undefined), [key]: valueOf(type, member) };
      continue;
    }
    const decoded = valueOf(type, value);
    if (form === "i") Object.assign(result, decoded);
    else if (form === "r") result[name] = [...((result[name] as unknown[] | undefined) ?? []), decoded];
    else if (!isUnset(name, decoded)) result[name] = decoded;
  }
  return result;
}

function nameOf(apiVersion: string, kind: string): string {
  if (kind === "DeleteOptions") return `${meta}.DeleteOptions`;
  return shapeName({ ...parseApiVersion(apiVersion), kind, resource: "", namespaced: true });
}

/** The object in an envelope. Throws 400, and 415 for kinds that have no table. */
export function parseProtobuf(body: Buffer): unknown {
  if (!body.subarray(0, 4).equals(magic)) throw badRequest("the body does not begin as Kubernetes' protobuf does");
  try {
    const envelope = body.subarray(4);
    const typeMeta = (first(envelope, 1) ?? Buffer.alloc(0)) as Buffer;
    const [apiVersion, kind] = [String(first(typeMeta, 1) ?? ""), String(first(typeMeta, 2) ?? "")];
    const message = messages[nameOf(apiVersion, kind)];
    if (!message) throw unsupportedMediaType(protobufType, ["application/json", "application/yaml"]);
    return { apiVersion, kind, ...messageOf(message, (first(envelope, 2) ?? Buffer.alloc(0)) as Buffer) };
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError)
      throw badRequest(`the body is not valid protobuf: ${error.message}`);
    throw error;
  }
}
