/** On a cluster nothing builds images: is there one that its nodes can pull? Said before anything is submitted. Pure. */
import { imageOf, parseManifest } from "../manifest/index.ts";
import { UserError } from "./user-error.ts";

/** Rejects with UserError a manifest whose image exists only where it is built. `given`: --image, the user's own word. */
export function checkPullable(manifestText: string, given: string | undefined): void {
  const { manifest } = parseManifest(manifestText, { file: "manifest.yaml" });
  if (!manifest || given) return;
  const image = imageOf(manifest);
  if (image === undefined) {
    throw new UserError("NO_IMAGE", "the manifest names no image, and on a cluster none is built from the source", {
      remedy: "name one with --image REGISTRY/NAME:TAG, or as spec.image",
      exitStatus: 2,
    });
  }
  if (!manifest.builder || image.includes("/")) return;
  throw new UserError(
    "IMAGE_NOT_BUILT",
    `the manifest builds its image "${image}", in no registry, and on a cluster nothing builds it`,
    {
      remedy: `build and push it, then name it with --image REGISTRY/${image}:TAG, or add builder.registry`,
      exitStatus: 2,
    },
  );
}
