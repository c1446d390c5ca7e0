// A change as the record shows it: who, what, before and after.
import type { SystemEvent } from "../../core/record.ts";
import type { Change } from "./change-log.ts";

/** Codes are by what was changed; which change it was stands in `portcullis.data.what`. */
export function changeEvent({ id, actor, what, targetKind, target, before, after, madeAt }: Change): SystemEvent {
  // Slugs (`second-factors-reset`) and whole sentences.
  const words = what.includes(" ") ? what : what.replaceAll("-", " ");
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
      ...(before === undefined ? {} : { before: brief(before) }),
      ...(after === undefined ? {} : { after: brief(after) }),
    },
  };
}

/** What the record takes of one value: it would cut JSON in the middle. */
const STATE_CHARACTERS_MAX = 480;
const MEMBER_CHARACTERS_MAX = 40;

/** Of a large state the beginning of each member; the whole of it stands in the database. */
function brief(state: Readonly<Record<string, unknown>>): string {
  const whole = JSON.stringify(state);
  if (whole.length <= STATE_CHARACTERS_MAX) return whole;
  const members = Object.entries(state).map(([name, value]) => {
    const text = JSON.stringify(value) ?? "";
    return [name, text.length <= MEMBER_CHARACTERS_MAX ? value : `${text.slice(0, MEMBER_CHARACTERS_MAX)}...`];
  });
  return JSON.stringify(Object.fromEntries(members));
}
