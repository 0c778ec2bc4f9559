/** What is wrong with an offer, in words that its author can act on. */
export interface SdpProblem {
  /** Line or attribute, e.g. `m=audio 0 a=fingerprint`. */
  readonly field: string;
  readonly message: string;
  /** The offer is well-formed, but nothing in it can be used here (HTTP 406, not 400). */
  readonly unacceptable?: boolean;
}
