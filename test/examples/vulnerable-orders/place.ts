// Where a flaw is looked for: the vulnerable shop, its twin, or either behind the gate; and requests sent there as they are written.
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import type { Tokens } from "../../../examples/vulnerable-orders/tokens.ts";

export interface Sent {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly text?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Of a body in JSON; an empty object where there is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Whether the flaw shows there. */
export type Proof = (place: Place) => Promise<boolean>;

export class Place {
  readonly url: string;
  readonly tokens: Tokens;

  constructor(url: string, tokens: Tokens) {
    this.url = url;
    this.tokens = tokens;
  }

  /** `GET /v2/me`; the target goes out as it stands. */
  ask(what: string, { token, headers = {}, json, text }: Sent = {}): Promise<Reply> {
    const [method = "", target = ""] = what.split(" ");
    const { protocol, hostname, port } = new URL(this.url);
    const fields: Record<string, string> = { ...headers };
    if (token !== undefined) fields["authorization"] = `Bearer ${token}`;
    if (json !== undefined) fields["content-type"] ??= "application/json";
    const body = json === undefined ? text : JSON.stringify(json);
    if (body !== undefined) fields["content-length"] = String(Buffer.byteLength(body));
    const send = protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const how = { hostname, port, path: target, method, headers: fields, agent: false, rejectUnauthorized: false };
      const request = send(how, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: objectOf(text) });
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  }

  /** A good one of a customer with both scopes; other claims where given. */
  token(user: string, claims?: Readonly<Record<string, unknown>>): string {
    return this.tokens.issue(user, claims);
  }

  /** The id of an order of that user. */
  async order(user: string): Promise<string> {
    const { json } = await this.ask("POST /v2/orders", {
      token: this.token(user),
      json: { sku: "TEA-001", quantity: 1, note: "of mine" },
    });
    return json["id"] as string;
  }

  async address(user: string): Promise<string> {
    const { json } = await this.ask("POST /v2/addresses", { token: this.token(user), json: { street: "Mill Lane 4" } });
    return json["id"] as string;
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
