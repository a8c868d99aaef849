import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  isQuantity,
  parseQuantity,
  quantityCeil,
  quantityMilli,
  quantityToNumber,
} from "./quantity.ts";

const canonical = (text: string | number) => formatQuantity(parseQuantity(text));

describe("canonical form", () => {
  test.each([
    ["0", "0"],
    ["0Gi", "0"],
    ["1000m", "1"],
    ["500m", "500m"],
    ["0.5", "500m"],
    [4, "4"],
    ["1.5Gi", "1536Mi"],
    ["1024Mi", "1Gi"],
    ["1000Mi", "1000Mi"],
    ["512", "512"],
    ["100M", "100M"],
    ["1e3", "1e3"],
    ["12e6", "12e6"],
    ["0.1n", "1n"],
    ["-1500m", "-1500m"],
    ["5368709120", "5368709120"],
  ])("%s is printed as %s", (given, wanted) => expect(canonical(given)).toBe(wanted));
});

describe("values", () => {
  test.each([
    ["500m", 1],
    ["1", 1],
    ["1.5Gi", 1_610_612_736],
    ["100M", 100_000_000],
    ["-500m", -1],
  ])("%s rounds up, away from zero, to %d", (text, wanted) => expect(quantityCeil(parseQuantity(text))).toBe(wanted));

  test("thousandths", () => expect(quantityMilli(parseQuantity("1.0005"))).toBe(1001));
  test("as a number", () => expect(quantityToNumber(parseQuantity("500m"))).toBe(0.5));
});

test.each(["", "x", "1 Gi", "1gi", "--1", "1.2.3", "Gi"])("%j is refused", (text) => {
  expect(isQuantity(text)).toBe(false);
  expect(() => parseQuantity(text)).toThrow(/is not a quantity/);
});

test("a sum keeps the first operand's format, unless that is zero", () => {
  expect(formatQuantity(addQuantities(parseQuantity("1Gi"), parseQuantity("1073741824")))).toBe("2Gi");
  expect(formatQuantity(addQuantities(parseQuantity("0"), parseQuantity("5Gi")))).toBe("5Gi");
});

const suffix = fc.constantFrom("", "m", "k", "M", "G", "Ki", "Mi", "Gi", "u", "n");
const quantity = fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), suffix).map(([value, unit]) => `${value}${unit}`);

test("what is printed reads back as the same value, and prints the same again", () => {
  fc.assert(
    fc.property(quantity, (text) => {
      const parsed = parseQuantity(text);
      const printed = formatQuantity(parsed);
      expect(parseQuantity(printed).nano).toBe(parsed.nano);
      expect(canonical(printed)).toBe(printed);
    }),
  );
});

test("addition adds the values, and order is theirs", () => {
  fc.assert(
    fc.property(quantity, quantity, (a, b) => {
      const [x, y] = [parseQuantity(a), parseQuantity(b)];
      expect(addQuantities(x, y).nano).toBe(x.nano + y.nano);
      expect(compareQuantities(x, y)).toBe(-compareQuantities(y, x) + 0);
    }),
  );
});
