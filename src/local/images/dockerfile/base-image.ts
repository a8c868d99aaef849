/** What well-known images bring: their Python, packages, working directory. Pure; a table of names. */

export interface BaseImage {
  /** Version of its Python, where the reference names it. */
  readonly python?: string;
  /** Requirements that stand for the packages it brings. */
  readonly packages: readonly string[];
  readonly workdir: string;
  /** What of it is not here, for the user. */
  readonly missing?: string;
}

interface Reference {
  /** The last part of the name, and the one before it. */
  readonly name: string;
  readonly owner: string;
  readonly tag: string;
}

/** `registry/owner/name:tag@digest`; a mirror may stand before the owner. */
function parseReference(reference: string): Reference {
  const [named = ""] = reference.split("@");
  const slash = named.lastIndexOf("/");
  const colon = named.indexOf(":", slash + 1);
  const path = colon < 0 ? named : named.slice(0, colon);
  const [name = "", owner = ""] = path.split("/").toReversed();
  return { name: name.toLowerCase(), owner: owner.toLowerCase(), tag: colon < 0 ? "" : named.slice(colon + 1) };
}

const leadingVersion = (tag: string) => /^v?(\d+(?:\.\d+)+(?:rc\d+)?)/.exec(tag)?.[1];
/** `py311`, `python3.12`. */
function namedPython(text: string): string | undefined {
  const [, dotted, major, minor] = /python(\d+\.\d+(?:\.\d+)?)|py(\d)(\d+)/.exec(text) ?? [];
  return dotted ?? (major && `${major}.${minor}`);
}
const pinned = (name: string, version: string | undefined) => (version ? `${name}==${version}` : name);

type Describe = (reference: Reference) => Partial<BaseImage>;

const nvidia = (...packages: readonly string[]): Partial<BaseImage> => ({
  packages,
  workdir: "/workspace",
  missing: `NVIDIA's own builds are replaced by ${packages.join(", ")} from the package index`,
});

const described: readonly (readonly [pattern: RegExp, describe: Describe])[] = [
  [/^(.*\/)?python$/, ({ tag }) => ({ python: /^\d+\.\d+(?:\.\d+)?/.exec(tag)?.[0] })],
  [
    /^(rayproject|anyscale)\/ray(-ml|-llm)?$/,
    ({ tag }) => ({
      python: namedPython(tag),
      packages: [pinned("ray[default]", leadingVersion(tag))],
      workdir: "/home/ray",
    }),
  ],
  [
    /^pytorch\/pytorch$/,
    ({ tag }) => ({ packages: [pinned("torch", leadingVersion(tag)), "torchvision"], workdir: "/workspace" }),
  ],
  [
    /^tensorflow\/tensorflow$/,
    ({ tag }) => ({
      packages: [pinned("tensorflow", leadingVersion(tag)), ...(tag.includes("jupyter") ? ["notebook"] : [])],
      workdir: tag.includes("jupyter") ? "/tf" : "/",
    }),
  ],
  [
    /^huggingface\/transformers-pytorch(-\w+)*$/,
    ({ tag }) => ({ packages: [pinned("transformers", leadingVersion(tag)), "torch"] }),
  ],
  [
    /^vllm\/vllm-openai$/,
    ({ tag }) => ({ packages: [pinned("vllm", leadingVersion(tag))], workdir: "/vllm-workspace" }),
  ],
  [/^nvidia\/pytorch$/, () => nvidia("torch")],
  [/^nvidia\/tensorflow$/, () => nvidia("tensorflow")],
  [/^nvidia\/jax$/, () => nvidia("jax")],
  [/^nvidia\/cuda$/, () => ({ missing: "this machine's CUDA is used" })],
  [/^(astral-sh|astral)\/uv$/, ({ tag }) => ({ python: namedPython(tag), packages: ["uv"] })],
  [/^jupyter\/[\w-]+$/, ({ tag }) => ({ python: namedPython(tag), packages: ["jupyterlab"], workdir: "/home/jovyan" })],
  [
    /^(.*\/)?(ubuntu|debian|alpine|busybox|fedora|rockylinux|almalinux|amazonlinux|scratch|base|distroless)$/,
    () => ({}),
  ],
  [/^(.*\/)?(miniconda3?|anaconda3?|miniforge3?|mambaforge|micromamba)$/, () => ({})],
];

/** What an image that is no stage of the Dockerfile brings. */
export function describeBase(image: string): BaseImage {
  const reference = parseReference(image);
  const path = [reference.owner, reference.name].filter(Boolean).join("/");
  const describe = described.find(([pattern]) => pattern.test(path))?.[1];
  const plain = { packages: [], workdir: "/" };
  if (!describe) return { ...plain, missing: "programs and packages of this image are not available here" };
  const { python, missing, packages, workdir } = describe(reference);
  return {
    packages: packages ?? plain.packages,
    workdir: workdir ?? plain.workdir,
    ...(python && { python }),
    ...(missing && { missing }),
  };
}

/** Images that are copied from for a program alone, and the requirement that stands for it. */
export function programOf(image: string): string | undefined {
  const { owner, name } = parseReference(image);
  return name === "uv" && owner.startsWith("astral") ? "uv" : undefined;
}
