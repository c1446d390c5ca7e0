// A person at a browser without script: keeps cookies, follows redirects, fills in forms.

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

  constructor(stopAt: string) {
    this.#stopAt = stopAt;
  }

  async open(url: string): Promise<Page> {
    return this.#follow(url, { method: "GET" });
  }

  /** Sends the page's form with what is typed in, as the browser would: hidden fields included. `to`: end of its address, where there are several. */
  async submit(
    page: Page,
    typed: Readonly<Record<string, string>>,
    fields: Record<string, string> = {},
    to = "",
  ): Promise<Page> {
    const forms = [...page.text.matchAll(/<form method="post" action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g)];
    const [, action, content = ""] = forms.find(([, at = ""]) => at.endsWith(to)) ?? [];
    if (action === undefined) throw new Error(`no form ${to} on ${page.url}:\n${page.text}`);
    const hidden = [...content.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const body = new URLSearchParams(
      Object.entries({
        ...Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, value])),
        ...typed,
      }),
    );
    return this.#follow(new URL(action, page.url).href, {
      method: "POST",
      body,
      headers: { origin: new URL(page.url).origin, "sec-fetch-site": "same-origin", ...fields },
    });
  }

  async #follow(url: string, first: RequestInit): Promise<Page> {
    let at = url;
    let init = first;
    for (let i = 0; i < 15; i += 1) {
      if (at.startsWith(this.#stopAt)) return { url: at, status: 0, headers: new Headers(), text: "" };
      const { pathname } = new URL(at);
      const cookie = [...this.cookies]
        .filter(([, { path }]) => path === "/" || pathname === path || pathname.startsWith(`${path}/`))
        .map(([name, { value }]) => `${name}=${value}`)
        .join("; ");
      const headers = new Headers(init.headers);
      headers.set("cookie", cookie);
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
