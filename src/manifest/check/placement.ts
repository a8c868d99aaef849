/**
 * Rules about where pods run: selectors, tolerations and devices must be named as Kubernetes names them. Otherwise no pod
 * could ever be created, and the experiment would wait without a word. Pure.
 */
import { closest } from "../../machinery/did-you-mean.ts";
import { isLabelValue, isQualifiedName } from "../../machinery/names.ts";
import { gpuProducts } from "../model/gpu-products.ts";
import type { Field } from "../read/field.ts";
import { deviceNames } from "../model/device-names.ts";
import { at, type Location, type Report } from "./report.ts";

const plain = "use letters, digits, '-', '_' and '.', starting and ending with a letter or digit";

function checkValue(field: Field | undefined, report: Report): void {
  if (field?.text === undefined || isLabelValue(field.text).length === 0) return;
  report("MANIFEST_LABEL", at(field), `${field.path}: "${field.text}" is not a valid node label`, { remedy: plain });
}

function checkKey(name: string, location: Location, report: Report): void {
  if (isQualifiedName(name).length === 0) return;
  const message = `${location.path}: "${name}" is not a valid Kubernetes name`;
  report("MANIFEST_LABEL", location, message, { remedy: `${plain}, with at most one prefix: example.com/name` });
}

function checkSelectors(resources: Field, report: Report): void {
  for (const [key, value, keyNode] of resources.get("extraSelectors")?.entries() ?? []) {
    checkKey(key, { node: keyNode, path: value.path }, report);
    checkValue(value, report);
  }
  checkValue(resources.get("machineName"), report);
}

function checkToleration(toleration: Field, report: Report): void {
  const [key, operator, value] = ["key", "operator", "value"].map((name) => toleration.get(name));
  const exists = operator?.text === "Exists";
  if (key?.text) checkKey(key.text, at(key), report);
  else if (!exists)
    report("MANIFEST_LABEL", { node: toleration.node, path: toleration.path }, `${toleration.path} has no key`, {
      remedy: "add key, or operator: Exists to tolerate every taint",
    });
  if (exists && value?.text)
    report("MANIFEST_LABEL", at(value), `${value.path}: the operator Exists takes no value`, {
      remedy: "remove value, or set operator: Equal",
    });
  else checkValue(value, report);
}

/** What no pod gets, need not exist. */
function checkGpu(gpu: Field, report: Report): void {
  const [count, type, product] = ["count", "type", "product"].map((name) => gpu.get(name));
  if (count?.value === 0) return;
  if (!count && (type ?? product))
    report("MANIFEST_GPUS", at(gpu), `${gpu.path} has no count, so the pods get no GPU`, {
      severity: "warning",
      remedy: "add count: 1 (or count: 0 for none)",
    });
  if (type?.text !== undefined) checkKey(deviceNames.gpu(type.text), at(type), report);
  checkValue(product, report);
  if (!product?.text || isLabelValue(product.text).length > 0 || gpuProducts.includes(product.text)) return;
  const near = closest(product.text, gpuProducts);
  const remedy = near
    ? `did you mean ${near}?`
    : "`kubectl get nodes -L nvidia.com/gpu.product` lists the products of a cluster";
  const message = `${product.path}: ${product.text} is not a known GPU product`;
  report("MANIFEST_PRODUCT", at(product), message, { severity: "warning", remedy });
}

export function checkPlacement(resources: Field, report: Report): void {
  checkSelectors(resources, report);
  for (const toleration of resources.get("extraTolerations")?.items() ?? []) checkToleration(toleration, report);
  for (const device of resources.get("rdma", "devices")?.items() ?? []) {
    if (device.text !== undefined) checkKey(deviceNames.rdma(device.text), at(device), report);
  }
  const accelerators = resources.get("accelerators");
  const gpu = accelerators?.get("gpu");
  if (gpu) checkGpu(gpu, report);
  checkValue(accelerators?.get("tpu", "type"), report);
}
