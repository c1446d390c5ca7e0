// Notes of people: an API of a few lines with each flaw of objects, properties and state, or none.
import type { Answered, Asked, Routes } from "./tiny-api.ts";

export type Flaw =
  | "read"
  | "print"
  | "change"
  | "delete"
  | "told"
  | "line"
  | "role"
  | "owner"
  | "balance"
  | "keeps all"
  | "pin"
  | "cost"
  | "after delete"
  | "print after delete"
  | "left"
  | "again"
  | "shared";

interface Note {
  readonly id: string;
  owner: string;
  text: string;
  isDeleted: boolean;
  isAdmin?: boolean;
  more?: object;
}

const NOT_FOUND: Answered = { status: 404, body: { message: "There is no such thing." } };

export function notesApi(...flaws: readonly Flaw[]): Routes {
  const has = (flaw: Flaw) => flaws.includes(flaw);
  const notes = new Map<string, Note>();
  const lines = new Map<string, { readonly note: string; readonly text: string }>();
  const people = new Map<string, { role: string; balance: number; name: string; more?: object }>();
  const redeemed = new Set<string>();
  const sub = ({ who }: Asked) => who?.sub ?? "";
  const person = (asked: Asked) => {
    const known = people.get(sub(asked)) ?? { role: "customer", balance: 100, name: sub(asked) };
    people.set(sub(asked), known);
    return known;
  };
  const shown = ({ id, owner, text, more }: Note) => ({ id, owner, text, ...(has("cost") && { cost: 1 }), ...more });
  const withNote = (flaw: Flaw, use: (note: Note, asked: Asked) => Answered) => (asked: Asked) => {
    const note = notes.get(asked.path["id"] ?? "");
    if (
      note === undefined ||
      (note.isDeleted && !has("after delete") && !(flaw === "print" && has("print after delete")))
    )
      return NOT_FOUND;
    if (note.owner === sub(asked) || has(flaw) || has("shared")) return use(note, asked);
    return has("told") ? { status: 403, body: { message: "It is another's." } } : NOT_FOUND;
  };
  return {
    "GET /notes": (asked) => ({
      body: [...notes.values()]
        .filter((one) => !one.isDeleted && (has("shared") || one.owner === sub(asked)))
        .map(shown),
    }),
    "POST /notes": (asked) => {
      const { text, kind = "plain", owner, ...more } = asked.json as Record<string, string>;
      const id = crypto.randomUUID();
      const note: Note = {
        id,
        owner: has("owner") && owner !== undefined ? owner : sub(asked),
        text: text ?? "",
        isDeleted: false,
      };
      if (has("keeps all")) note.more = more;
      if (kind === "plain" || has("left")) notes.set(id, note);
      return kind === "plain" ? { status: 201, body: shown(note) } : { status: 422, body: { message: "no such kind" } };
    },
    "GET /notes/{id}": withNote("read", (note) => ({ body: shown(note) })),
    "GET /notes/{id}/print": withNote("print", ({ text }) => ({
      headers: { "Content-Type": "text/plain" },
      body: `* ${text}`,
    })),
    "PATCH /notes/{id}": withNote("change", (note, { json }) => {
      note.text = json.text;
      return { body: shown(note) };
    }),
    "DELETE /notes/{id}": withNote("delete", (note) => {
      note.isDeleted = true;
      return { status: 204 };
    }),
    "POST /notes/{id}/lines": withNote("change", (note, { json }) => {
      const id = crypto.randomUUID();
      lines.set(id, { note: note.id, text: json.text });
      return { status: 201, body: { id, text: json.text } };
    }),
    "GET /notes/{id}/lines/{line}": withNote("read", (note, { path }) => {
      const line = lines.get(path["line"] ?? "");
      return line === undefined || (line.note !== note.id && !has("line")) ? NOT_FOUND : { body: { text: line.text } };
    }),
    "GET /me": (asked) => ({ body: { ...person(asked), ...person(asked).more, ...(has("pin") && { pin: "0000" }) } }),
    "PATCH /me": (asked) => {
      const me = person(asked);
      const { name, role, balance, ...more } = asked.json;
      if (name !== undefined) me.name = name;
      if (role !== undefined && has("role")) me.role = role;
      if (balance !== undefined && has("balance")) me.balance = balance;
      if (has("keeps all")) me.more = { ...me.more, ...more };
      return { body: { name: me.name } };
    },
    "POST /coupons/redeem": (asked) => {
      const me = person(asked);
      const key = `${sub(asked)} ${asked.json.code}`;
      if (redeemed.has(key) && !has("again")) return { status: 409, body: { message: "Redeemed before." } };
      redeemed.add(key);
      me.balance += 5;
      return { body: { balance: me.balance } };
    },
  };
}

const NOTE = `type: object, required: [id, text], properties: { id: { type: string, format: uuid }, owner: { type: string }, text: { type: string } }`;
const json = (schema: string) => `content: { application/json: { schema: { ${schema} } } }`;
const ID = `parameters: [{ name: id, in: path, required: true, schema: { type: string, format: uuid } }]`;
const TEXT = `requestBody: { required: true, ${json("type: object, additionalProperties: false, required: [text], properties: { text: { type: string, maxLength: 100 } }")} }`;

export const NOTES = `paths:
  /notes:
    get: { operationId: listNotes, responses: { "200": { description: x, ${json(`type: array, items: { ${NOTE} }`)} } } }
    post:
      operationId: createNote
      security: [{ oauth: [write] }]
      requestBody:
        required: true
        ${json("type: object, required: [text], properties: { text: { type: string, maxLength: 100 }, kind: { type: string, pattern: '^[a-z]{4,9}$', examples: [plain] } }")}
      responses: { "201": { description: x, ${json(NOTE)} } }
  /notes/{id}:
    ${ID}
    get: { operationId: getNote, responses: { "200": { description: x, ${json(NOTE)} } } }
    patch: { operationId: updateNote, security: [{ oauth: [write] }], ${TEXT}, responses: { "200": { description: x, ${json(NOTE)} } } }
    delete: { operationId: deleteNote, security: [{ oauth: [write] }], responses: { "204": { description: x } } }
  /notes/{id}/print:
    ${ID}
    get: { operationId: printNote, responses: { "200": { description: x, content: { text/plain: {} } } } }
  /notes/{id}/lines:
    ${ID}
    post: { operationId: addLine, security: [{ oauth: [write] }], ${TEXT}, responses: { "201": { description: x, ${json("type: object, properties: { id: { type: string, format: uuid }, text: { type: string } }")} } } }
  /notes/{id}/lines/{line}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: string, format: uuid } }
      - { name: line, in: path, required: true, schema: { type: string, format: uuid } }
    get: { operationId: getLine, responses: { "200": { description: x, ${json("type: object, properties: { text: { type: string } }")} } } }
  /me:
    get: { operationId: getMe, responses: { "200": { description: x, ${json("type: object, properties: { name: { type: string }, role: { type: string }, balance: { type: integer }, pin: { type: string, writeOnly: true } }")} } } }
    patch:
      operationId: updateMe
      security: [{ oauth: [write] }]
      requestBody: { required: true, ${json("type: object, properties: { name: { type: string, maxLength: 60 }, balance: { type: integer, readOnly: true } }")} }
      responses: { "200": { description: x, ${json("type: object, properties: { name: { type: string } }")} } }
  /coupons/redeem:
    post:
      operationId: redeemCoupon
      summary: Pays once
      security: [{ oauth: [write] }]
      requestBody: { required: true, ${json("type: object, required: [code], properties: { code: { type: string, examples: [WELCOME5] } }")} }
      responses: { "200": { description: x, ${json("type: object, properties: { balance: { type: integer } }")} }, "409": { description: It was redeemed before. } }
`;
