import { expect, test } from "vitest";
import { formatHumanAmount, formatHumanBytes, formatHumanQuantity } from "./human-quantity.ts";

test.each<[resource: string, quantity: string | number, amount: string, withName: string]>([
  ["cpu", "3k", "3,000", "3,000 CPUs"],
  ["cpu", "1", "1", "1 CPU"],
  ["cpu", "500m", "0.5", "0.5 CPUs"],
  ["cpu", "1m", "0.001", "0.001 CPUs"],
  ["cpu", 1.001, "1.001", "1.001 CPUs"],
  ["cpu", "0", "0", "0 CPUs"],
  ["memory", "24684084Ki", "23.5 GiB", "23.5 GiB of memory"],
  ["memory", "4Gi", "4 GiB", "4 GiB of memory"],
  ["memory", "512M", "488 MiB", "488 MiB of memory"],
  ["memory", 1023, "1,023 B", "1,023 B of memory"],
  ["memory", "0", "0 B", "0 B of memory"],
  ["ephemeral-storage", "1.5Ti", "1.5 TiB", "1.5 TiB of ephemeral-storage"],
  ["nvidia.com/gpu", "2", "2", "2 nvidia.com/gpu"],
])("%s %s is shown as %s, or as %s", (resource, quantity, amount, withName) => {
  expect(formatHumanAmount(resource, quantity)).toBe(amount);
  expect(formatHumanQuantity(resource, quantity)).toBe(withName);
});

test("what is offered is never more than what there is", () => {
  expect(formatHumanBytes(2 ** 31 - 1)).toBe("1.9 GiB");
  expect(formatHumanBytes(2 ** 20 - 1)).toBe("1,023 KiB");
});
