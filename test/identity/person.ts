// A person at a browser without script: keeps cookies, follows redirects, fills in forms.
import { once } from "node:events";
import { type IncomingMessage, request as httpRequest } from "node:http";

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export class Person {
  readonly cookies = new Map<string, { value: string; path: string }>();
  /** Where to stop: a redirect to this origin is the client's. */
  readonly #stopAt: string;
  /** What a proxy in between adds to each request. */
  readonly #fields: Readonly<Record<string, string>>;

  constructor(stopAt: string, fields: Readonly<Record<string, string>> = {}) {
    this.#stopAt = stopAt;
    this.#fields = fields;
  }

  async open(url: string): Promise<Page> {
    return this.#follow(url, { method: "GET" });
  }

  /** Sends the page's form with what is typed in, as the browser would: hidden fields included. `to`: end of its address, where there are several. */
  submit(
    page: Page,
    typed: Readonly<Record<string, string>>,
    fields: Record<string, string> = {},
    to = "",
  ): Promise<Page> {
    const { url, init } = formOf(page, typed, fields, to);
    return this.#follow(url, init);
  }

  /** The same form at once to each of these servers, which are one to a browser: what they answer, nothing of which is kept. */
  async submitAtOnce(
    origins: readonly string[],
    page: Page,
    typed: Readonly<Record<string, string>>,
    to = "",
  ): Promise<{ status: number; text: string }[]> {
    const { url, init } = formOf(page, typed, {}, to);
    const { pathname } = new URL(url);
    const headers = new Headers(init.headers);
    headers.set("cookie", this.#cookieFor(pathname));
    const answers = origins.map(async (origin) => {
      const answer = await fetch(`${origin}${pathname}`, { ...init, headers, redirect: "manual" });
      return { status: answer.status, text: await answer.text() };
    });
    return Promise.all(answers);
  }

  /** The same form, but for its last byte: that is sent by what this resolves to, which resolves to the status of the answer. */
  async submitSlowly(page: Page, typed: Readonly<Record<string, string>>): Promise<() => Promise<number | undefined>> {
    const { url, init } = formOf(page, typed, {}, "");
    const body = Buffer.from(init.body.toString());
    const request = httpRequest(url, {
      method: "POST",
      headers: {
        ...this.#fields,
        ...init.headers,
        "content-type": "application/x-www-form-urlencoded",
        "content-length": body.length,
        cookie: this.#cookieFor(new URL(url).pathname),
      },
    });
    await new Promise((resolve) => request.write(body.subarray(0, -1), resolve));
    return async () => {
      request.end(body.subarray(-1));
      const [answer] = (await once(request, "response")) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    };
  }

  #cookieFor(pathname: string): string {
    return [...this.cookies]
      .filter(([, { path }]) => path === "/" || pathname === path || pathname.startsWith(`${path}/`))
      .map(([name, { value }]) => `${name}=${value}`)
      .join("; ");
  }

  async #follow(url: string, first: RequestInit): Promise<Page> {
    let at = url;
    let init = first;
    for (let i = 0; i < 15; i += 1) {
      if (at.startsWith(this.#stopAt)) return { url: at, status: 0, headers: new Headers(), text: "" };
      const headers = new Headers({ ...this.#fields, ...(init.headers as Record<string, string> | undefined) });
      headers.set("cookie", this.#cookieFor(new URL(at).pathname));
      const answer = await fetch(at, { ...init, redirect: "manual", headers });
      this.#keep(answer.headers);
      const location = answer.headers.get("location");
      if (location === null)
        return { url: at, status: answer.status, headers: answer.headers, text: await answer.text() };
      at = new URL(location, at).href;
      init = { method: "GET" };
    }
    throw new Error(`too many redirects, last to ${at}`);
  }

  #keep(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split("; ");
      const name = pair.slice(0, pair.indexOf("="));
      const value = pair.slice(name.length + 1);
      const path = attributes.find((text) => text.toLowerCase().startsWith("path="))?.slice(5) ?? "/";
      if (value === "") this.cookies.delete(name);
      else this.cookies.set(name, { value, path });
    }
  }
}

function formOf(
  page: Page,
  typed: Readonly<Record<string, string>>,
  fields: Record<string, string>,
  to: string,
): { url: string; init: { method: string; body: URLSearchParams; headers: Record<string, string> } } {
  const forms = [...page.text.matchAll(/<form [^>]*method="post" action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g)];
  const [, action, content = ""] = forms.find(([, at = ""]) => at.endsWith(to)) ?? [];
  if (action === undefined) throw new Error(`no form ${to} on ${page.url}:\n${page.text}`);
  const hidden = [...content.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const kept = Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, value]));
  const headers = { origin: new URL(page.url).origin, "sec-fetch-site": "same-origin", ...fields };
  return {
    url: new URL(action, page.url).href,
    init: { method: "POST", body: new URLSearchParams({ ...kept, ...typed }), headers },
  };
}
