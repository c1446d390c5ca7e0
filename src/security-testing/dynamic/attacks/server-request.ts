// An address that the API fetches: proven by a listener of ours that it asks (CWE-918).
import type { Slot } from "../inputs/slot.ts";
import { type Attack, takesText } from "./attack.ts";

const NAMES =
  /ur[il]|link|href|src|hook|callback|image|avatar|picture|photo|feed|proxy|fetch|endpoint|domain|host|site|target|redirect|return|to$/i;
const AT_ONCE_MS = 50;
const LATER_MS = 400;

export const serverRequest: Attack = {
  rule: "dynamic.server-request",
  suits: isAddress,
  async run(aim) {
    const listener = await aim.listener();
    const url = listener.url();
    const sent = await aim.send(url);
    if (sent === undefined || !(await listener.came(url, sent.reply.status < 400 ? LATER_MS : AT_ONCE_MS)))
      return undefined;
    return {
      what: "fetched",
      message: `the API fetches whatever address stands in ${aim.slot.label}, also on loopback`,
      evidence: [sent],
      say: ["a listener on loopback was asked for this address"],
      confidence: "certain",
    };
  },
};

function isAddress(slot: Slot): boolean {
  if (!takesText(slot)) return false;
  const { format, example, examples } = slot.schema.keywords;
  if (typeof format === "string" && /^(?:uri|url|iri)/.test(format)) return true;
  const shown = [example, ...(Array.isArray(examples) ? examples : [])];
  return (
    shown.some((one) => typeof one === "string" && /^https?:/.test(one)) || NAMES.test(String(slot.keys.at(-1) ?? ""))
  );
}
