// A change as the record shows it: who, what, before and after.
import type { SystemEvent } from "../../core/record.ts";
import type { Change } from "./change-log.ts";

/** Codes are by what was changed; which change it was stands in `portcullis.data.what`. */
export function changeEvent({ id, actor, what, targetKind, target, before, after, madeAt }: Change): SystemEvent {
  const words = what.replaceAll("-", " ");
  return {
    action: `identity.${targetKind}-changed`,
    level: "info",
    message: `${targetKind} ${target}: ${words} (by ${actor.kind} ${actor.id})`,
    data: {
      change: id,
      made_at: new Date(madeAt * 1000).toISOString(),
      what,
      actor_kind: actor.kind,
      actor: actor.id,
      target_kind: targetKind,
      target,
      ...(before === undefined ? {} : { before: JSON.stringify(before) }),
      ...(after === undefined ? {} : { after: JSON.stringify(after) }),
    },
  };
}
