/**
 * The last value of every scalar in a TensorBoard event file, as TensorFlow, PyTorch and JAX write them: `simple_value`, or
 * a tensor without dimensions. Numbers are those of event.proto, summary.proto and tensor.proto of TensorFlow. Pure.
 */
import type { Metric, Metrics } from "./metric.ts";
import { type Field, fieldsOf } from "./protobuf-fields.ts";
import { recordsIn } from "./records.ts";

const event = { step: 2, summary: 5 } as const;
const summaryValue = 1;
const value = { tag: 1, simple: 2, tensor: 8 } as const;
const tensor = { type: 1, shape: 2, content: 4, float: 5, double: 6 } as const;
const types = { float: 1, double: 2 } as const;

const find = (fields: readonly Field[], number: number) => fields.find((field) => field.number === number);

function bytesOf(field: Field | undefined): Uint8Array | undefined {
  return field?.type === "bytes" ? field.value : undefined;
}

/** A float or a double, by the length. */
function numberOf(bytes: Uint8Array | DataView | undefined): number | undefined {
  if (!bytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength === 4) return view.getFloat32(0, true);
  return view.byteLength === 8 ? view.getFloat64(0, true) : undefined;
}

/** Of a field that is a single number, or a packed list of one. */
const singleOf = (field: Field | undefined) => (field && field.type !== "varint" ? numberOf(field.value) : undefined);

function scalarOf(data: Uint8Array): number | undefined {
  const fields = [...fieldsOf(data)];
  const type = find(fields, tensor.type);
  const isNumber =
    type?.type === "varint" && (type.value === BigInt(types.float) || type.value === BigInt(types.double));
  const hasShape = (bytesOf(find(fields, tensor.shape))?.length ?? 0) > 0;
  if (!isNumber || hasShape) return undefined;
  return singleOf(find(fields, tensor.content) ?? find(fields, tensor.float) ?? find(fields, tensor.double));
}

function metricOf(data: Uint8Array): readonly [string, number] | undefined {
  const fields = [...fieldsOf(data)];
  const tag = bytesOf(find(fields, value.tag));
  const inTensor = bytesOf(find(fields, value.tensor));
  const found = singleOf(find(fields, value.simple)) ?? (inTensor && scalarOf(inTensor));
  return tag && found !== undefined ? [new TextDecoder().decode(tag), found] : undefined;
}

function* metricsOf(record: Uint8Array): Iterable<readonly [string, Metric]> {
  const fields = [...fieldsOf(record)];
  const summary = bytesOf(find(fields, event.summary));
  const at = find(fields, event.step);
  const step = at?.type === "varint" ? Number(BigInt.asIntN(64, at.value)) : 0;
  for (const field of summary ? fieldsOf(summary) : []) {
    const found = field.number === summaryValue && field.type === "bytes" ? metricOf(field.value) : undefined;
    if (found) yield [found[0], { value: found[1], step }];
  }
}

/** What a killed program left behind the last whole record is skipped. */
export function readEvents(file: Uint8Array): Metrics {
  const metrics = new Map<string, Metric>();
  for (const record of recordsIn(file)) {
    try {
      for (const [tag, metric] of metricsOf(record)) metrics.set(tag, metric);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return metrics;
}
