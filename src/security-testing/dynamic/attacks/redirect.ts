// A redirect to where the caller says: proven by a Location on another site (CWE-601).
import { fieldOf } from "../wire.ts";
import { type Attack, takesText } from "./attack.ts";

const FORMS: readonly ((site: string) => string)[] = [
  (site) => `https://${site}/`,
  (site) => `//${site}/`,
  (site) => `/\\${site}/`,
];

export const redirect: Attack = {
  rule: "dynamic.redirect-open",
  suits: (slot) => takesText(slot) && slot.place !== "header",
  async run(aim) {
    const { status } = aim.before.reply;
    const isCandidate = status >= 300 && status < 400;
    // One try where nothing redirects yet: a value may begin it.
    for (const form of isCandidate ? FORMS : FORMS.slice(0, 1)) {
      const site = `${aim.word()}.example`;
      // oxlint-disable-next-line no-await-in-loop -- the first that shows ends it
      const sent = await aim.send(form(site));
      if (sent === undefined || sent.reply.status < 300 || sent.reply.status >= 400) continue;
      if (!leadsTo(fieldOf(sent.reply, "location"), site)) continue;
      return {
        what: "location",
        message: `${aim.slot.label} may name any site to be redirected to`,
        evidence: [sent],
        say: [`Location leads to ${site}`],
        confidence: "certain",
      };
    }
    return undefined;
  },
};

/** As a browser reads it: a backslash is a slash. */
function leadsTo(location: string | undefined, site: string): boolean {
  if (location === undefined || !URL.canParse(location, "https://here.example/")) return false;
  return new URL(location, "https://here.example/").hostname === site;
}
