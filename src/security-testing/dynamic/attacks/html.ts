// A value that comes back as part of a page: proven by a tag or a quote that was not escaped where it stands (CWE-79).
import { fieldOf } from "../wire.ts";
import { type Answered, type Attack, bodyText, takesText } from "./attack.ts";

export const html: Attack = {
  rule: "dynamic.injection-html",
  suits: takesText,
  async run(aim) {
    const word = aim.word();
    const sent = await aim.send(`${word}"'><i>${word}</i>`);
    if (sent === undefined || !isPage(sent)) return undefined;
    const where = placeIn(bodyText(sent), word);
    if (where === undefined) return undefined;
    return {
      what: "echo",
      message: `${aim.slot.label} comes back as part of a page, ${where}`,
      evidence: [sent],
      say: [`the page holds what was sent as it was sent, ${where}`],
      confidence: "certain",
    };
  },
};

/** Browsers guess where the type is missing, unless they are told not to. */
function isPage({ reply }: Answered): boolean {
  const type = fieldOf(reply, "content-type");
  if (type === undefined)
    return fieldOf(reply, "x-content-type-options") === undefined && /^\s*</.test(reply.body.toString("utf8", 0, 200));
  return /^(?:text\/html|application\/xhtml\+xml)\b/i.test(type);
}

/** Undefined where it is not there, or can do nothing there. */
export function placeIn(page: string, word: string): string | undefined {
  if (new RegExp(`="[^"<>]*${word}"|='[^'<>]*${word}"'`).test(page)) return "out of an attribute";
  if (new RegExp(`<script\\b[^>]*>(?:(?!</script)[\\s\\S])*${word}"'`, "i").test(page)) return "inside a script";
  // In a title or a comment too: whoever may write a tag may end those.
  return page.includes(`<i>${word}</i>`) ? "as markup" : undefined;
}
