/** Kubernetes' rules for names. Each check returns what is wrong, in Kubernetes' words; an empty list is a valid name. */

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const dns1123Label = new RegExp(`^${label}$`);
const dns1123Subdomain = new RegExp(`^${label}(\\.${label})*$`);
const dns1035Label = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const qualifiedPart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const tooLong = (max: number) => `must be no more than ${max} characters`;
const collect = (...checks: readonly (string | false)[]): readonly string[] => checks.filter((text) => text !== false);

/** What the API server gives every object. */
export const uidPattern: RegExp = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isDns1123Label(text: string): readonly string[] {
  return collect(
    text.length > 63 && tooLong(63),
    !dns1123Label.test(text) &&
      `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
  );
}

export function isDns1123Subdomain(text: string): readonly string[] {
  return collect(
    text.length > 253 && tooLong(253),
    !dns1123Subdomain.test(text) &&
      `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${label}(\\.${label})*')`,
  );
}

export function isDns1035Label(text: string): readonly string[] {
  return collect(
    text.length > 63 && tooLong(63),
    !dns1035Label.test(text) &&
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  );
}

/** A label or annotation key: an optional DNS-1123 subdomain and a slash, then a name of at most 63 characters. */
export function isQualifiedName(text: string): readonly string[] {
  const parts = text.split("/");
  const name = parts.at(-1) ?? "";
  if (parts.length > 2)
    return [
      "a qualified name must consist of alphanumeric characters, '-', '_' or '.', with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ];
  const prefix = parts.length === 2 ? (parts[0] ?? "") : undefined;
  return [
    ...(prefix === ""
      ? ["prefix part must be non-empty"]
      : prefix === undefined
        ? []
        : isDns1123Subdomain(prefix).map((text) => `prefix part ${text}`)),
    ...collect(
      name === "" && "name part must be non-empty",
      name.length > 63 && `name part ${tooLong(63)}`,
      name !== "" &&
        !qualifiedPart.test(name) &&
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ),
  ];
}

export function isLabelValue(text: string): readonly string[] {
  return collect(
    text.length > 63 && tooLong(63),
    !labelValue.test(text) &&
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  );
}

/** The alphabet of generated names: no vowels (no words), nothing that looks like something else. */
export const suffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";

/** `length` characters of the alphabet that the API server uses for generateName. `random` yields [0, 1). */
export function randomSuffix(random: () => number, length = 5): string {
  return Array.from({ length }, () => suffixAlphabet[Math.floor(random() * suffixAlphabet.length)]).join("");
}
