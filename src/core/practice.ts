// The names of the practices: one spelling for folders, reasons, audit categories and documentation.

/** Every practice that can guard a request, in the order in which a request meets them. */
export const PRACTICES = [
  "transport",
  "authentication",
  "rate-limiting",
  "authorization",
  "validation",
  "monitoring",
] as const;

export type Practice = (typeof PRACTICES)[number];

/** What a guard does with what it finds: refuse it, note what it would have refused, or not look at all. */
export type Mode = "enforce" | "monitor" | "off";
