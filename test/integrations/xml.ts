// Whether a text is well-formed XML, as far as dashboards use it: elements, attributes in quotes, entities, comments.

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

const TOKEN =
  /<!--[^]*?-->|<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w.-]+="[^"<&]*(?:&(?:amp|lt|gt|quot|apos);[^"<&]*)*")*)\s*(\/?)>|[^<]+/gy;
const TEXT = /^(?:[^&<]|&(?:amp|lt|gt|quot|apos);)*$/;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Its elements in the order in which they end. Throws where it is not well-formed. */
export function parseXml(text: string): Element[] {
  const found: Element[] = [];
  const open: { name: string; attributes: Record<string, string>; text: string }[] = [];
  let at = 0;
  for (const token of text.trim().matchAll(TOKEN)) {
    at = token.index + token[0].length;
    const [whole, closing, name, attributes, single] = token;
    if (name === undefined) {
      if (whole.startsWith("<!--")) continue;
      if (!TEXT.test(whole)) throw new Error(`not well-formed: ${whole.slice(0, 80)}`);
      const top = open.at(-1);
      if (top !== undefined) top.text += unescaped(whole);
      else if (whole.trim() !== "") throw new Error(`text outside of everything: ${whole.slice(0, 80)}`);
    } else if (closing === "/") {
      const top = open.pop();
      if (top?.name !== name) throw new Error(`</${name}> where <${top?.name ?? ""}> is open`);
      found.push(top);
    } else {
      const element = { name, attributes: attributesOf(attributes ?? ""), text: "" };
      if (single === "/") found.push(element);
      else open.push(element);
    }
  }
  if (at !== text.trim().length) throw new Error(`not well-formed at ${at}: ${text.trim().slice(at, at + 80)}`);
  if (open.length > 0) throw new Error(`<${open.at(-1)?.name ?? ""}> is never closed`);
  return found;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w.-]+)="([^"]*)"/g)].map(([, name, value]) => [name, unescaped(value as string)]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

function unescaped(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] as string);
}
