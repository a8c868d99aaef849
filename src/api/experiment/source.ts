/** The source of an image, and how to make one of it: what an experiment asks, and what a builder takes. */

// A type, not an interface: it is the question of an action, which is plain data.
export type ImageSource = {
  /** Folder of the source (absolute). */
  readonly directory: string;
  /** Name for the reference, e.g. the manifest's `spec.image`. */
  readonly name: string;
  /** The manifest's `builder`; its paths are below the source. */
  readonly builder: {
    readonly dockerfile?: string;
    readonly context?: string;
    readonly buildArgs?: Readonly<Record<string, string>>;
    readonly target?: string;
  };
};
