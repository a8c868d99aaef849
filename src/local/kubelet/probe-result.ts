/** What one attempt of a probe found: kept apart, because every way of probing answers it. */
export interface ProbeResult {
  readonly ok: boolean;
  /** Why it is not; of no meaning when it is. */
  readonly message: string;
}
