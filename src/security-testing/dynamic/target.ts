// Where requests of a dynamic test go: one host that the owner named, never another.

export interface Target {
  /** The gate, or the API itself beside it. */
  readonly layer: "gate" | "upstream";
  /** Where to connect: an address and a port. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Value of Host and `:authority`, and the server name of TLS. */
  readonly authority: string;
  /** PEM, in place of the system's authorities; undefined with plain HTTP and public certificates. */
  readonly ca: string | undefined;
}
