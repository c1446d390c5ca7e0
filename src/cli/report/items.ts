// One thing that is used and not declared, as the report lists it.
import type { ClientTally, Tally } from "./tally.ts";

export type ItemKind = "operation" | "parameter" | "property" | "status" | "media type";

export interface Item {
  readonly kind: ItemKind;
  /** An operation's name, or method and guessed template. */
  readonly operation: string;
  /** `page`, `/lines/*` + `/colour in the answer 200`, `404`. */
  readonly what: string;
  /** As it is proposed: `integer`. */
  readonly type: string | undefined;
  readonly tally: Tally | ClientTally;
  /** Why it is not proposed; undefined where it is. */
  readonly because: string | undefined;
}
