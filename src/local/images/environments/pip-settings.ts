/**
 * pip's configuration for uv, which does not read it: companies have their index, their proxy and their certificates
 * there. What the user set for uv itself goes first. Pure.
 */

type Env = Readonly<Record<string, string | undefined>>;

/** `global.index-url='https://…'` lines of `pip config list`; sections later in this list win. */
const sections = ["global", "install", ":env:"];

export function parsePipConfig(listing: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const section of sections) {
    for (const line of listing.split("\n")) {
      const [, from, name = "", quoted = ""] = /^(global|install|:env:)\.([\w-]+)=(.*)$/.exec(line.trim()) ?? [];
      if (from === section)
        found[name] = quoted
          .replace(/^(['"])([\s\S]*)\1$/, "$2")
          .replaceAll("\\n", " ")
          .trim();
    }
  }
  return found;
}

const isTrue = (value: string | undefined) => /^(?:1|true|yes|on)$/i.test(value ?? "");
const list = (value: string) => value.split(/\s+/).filter(Boolean);

/** Variables that uv is given on top of the user's own. */
export function uvSettings(pip: Readonly<Record<string, string>>, env: Env): Readonly<Record<string, string>> {
  const hasOwnIndex = ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"].some((name) => env[name]);
  const settings: Record<string, string | undefined> = {
    UV_DEFAULT_INDEX: hasOwnIndex ? undefined : pip["index-url"],
    UV_INDEX: hasOwnIndex || !pip["extra-index-url"] ? undefined : list(pip["extra-index-url"]).join(" "),
    UV_FIND_LINKS: pip["find-links"] && list(pip["find-links"]).join(","),
    UV_INSECURE_HOST: pip["trusted-host"] && list(pip["trusted-host"]).join(" "),
    UV_HTTP_TIMEOUT: pip["timeout"] ?? pip["default-timeout"],
    UV_NO_INDEX: isTrue(pip["no-index"]) ? "1" : undefined,
    UV_PRERELEASE: isTrue(pip["pre"]) ? "allow" : undefined,
    UV_CONSTRAINT: pip["constraint"],
    UV_KEYRING_PROVIDER: pip["keyring-provider"] === "subprocess" ? "subprocess" : undefined,
    SSL_CERT_FILE: pip["cert"],
    SSL_CLIENT_CERT: pip["client-cert"],
    HTTP_PROXY: pip["proxy"],
    HTTPS_PROXY: pip["proxy"],
  };
  return Object.fromEntries(
    Object.entries(settings).filter((entry): entry is [string, string] => Boolean(entry[1]) && !env[entry[0]]),
  );
}
