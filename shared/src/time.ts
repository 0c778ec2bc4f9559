/** A point on the server's clock, integer milliseconds since the Unix epoch. Passed in, never read, inside `shared`. */
export type Instant = number & { readonly __instant?: never };

/** A length of time in milliseconds. */
export type Millis = number;
