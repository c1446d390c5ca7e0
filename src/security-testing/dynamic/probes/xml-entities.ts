// A document type in XML: proven by the content of a file, by a request to our listener, or by an entity that was put in (CWE-611).
import { type Answered, type Ground, groundOf } from "../inputs/ground.ts";
import type { OperationProbe } from "../probe.ts";

const RULE = "dynamic.xml-external-entity";
const OF_FILE = /root:[^:\n]*:0:0:/;
const FETCH_MS = 400;

export const xmlEntities: OperationProbe = {
  id: "xml-entities",
  rules: [RULE],
  per: "operation",
  async *run(subject, context) {
    const { method, template, requestBody } = subject.operation;
    const media = requestBody?.content.find(({ name }) => /[/+]xml\b/.test(name));
    if (media === undefined) return;
    const ground = await groundOf(subject, context);
    if ("why" in ground) return;
    const xml = typeof ground.values.body === "string" ? ground.values.body : "<a><b>text</b></a>";
    const ask = (entity: string) =>
      ground.send({ ...ground.values, body: withEntity(xml, entity), mediaType: media.name });
    const proof = (await byFile(ask)) ?? (await byRequest(ask, ground)) ?? (await byText(ask, context.random()));
    if (proof === undefined) return;
    const { what, says, sent, isExternal } = proof;
    yield context.finding({
      rule: RULE,
      subject,
      parameter: "body",
      what,
      message: `${method} ${template}: ${says}`,
      ...(isExternal ? {} : { severity: "medium" as const, confidence: "firm" as const }),
      evidence: [sent],
      say: [says],
    });
  },
};

type Ask = (entity: string) => Promise<Answered | undefined>;

interface Proof {
  readonly what: string;
  readonly says: string;
  readonly sent: Answered;
  readonly isExternal: boolean;
}

async function byFile(ask: Ask): Promise<Proof | undefined> {
  const sent = await ask('SYSTEM "file:///etc/passwd"');
  if (sent === undefined || !OF_FILE.test(sent.reply.body.toString("utf8"))) return undefined;
  return { what: "file", says: "an entity of the XML is a file of the machine, and answered", sent, isExternal: true };
}

async function byRequest(ask: Ask, { context }: Ground): Promise<Proof | undefined> {
  const listener = await context.listener();
  const url = listener.url();
  const sent = await ask(`SYSTEM "${url}"`);
  if (sent === undefined || !(await listener.came(url, sent.reply.status < 400 ? FETCH_MS : 0))) return undefined;
  return { what: "request", says: "an entity of the XML is fetched from any address", sent, isExternal: true };
}

/** What is said once is answered in the middle of other text: no echo of what was sent does that. */
async function byText(ask: Ask, random: number): Promise<Proof | undefined> {
  const word = `entity${Math.floor(random * 1e9)}`;
  const sent = await ask(`"${word}"`);
  if (sent === undefined || !sent.reply.body.toString("utf8").includes(`(${word})`)) return undefined;
  return { what: "text", says: "entities that callers declare are put into the text", sent, isExternal: false };
}

/** The first text of the document becomes the entity, in parentheses. */
function withEntity(xml: string, entity: string): string {
  const bare = xml.replace(/^\s*<\?xml[^>]*\?>/, "");
  const root = /<([\w:.-]+)/.exec(bare)?.[1] ?? "a";
  const filled = bare.replace(/>([^<>]*[^<>\s][^<>]*)</, ">(&portcullis;)<");
  const content = filled === bare ? bare.replace(/<\/([\w:.-]+)>\s*$/, "(&portcullis;)</$1>") : filled;
  return `<?xml version="1.0"?><!DOCTYPE ${root} [<!ENTITY portcullis ${entity}>]>${content}`;
}
