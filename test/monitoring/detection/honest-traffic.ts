// Honest traffic of the sample: people at home, in offices and on the way, their mistakes, and programs that are a little too eager.
import { type Actor, Chance, type Turn } from "./actors.ts";
import type { Sent, Token, VirtualGate } from "./virtual-gate.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOMES = 150;
const PHONES = 40;
const OFFICES = [
  { address: "203.0.113.20", people: 50 },
  { address: "2001:db8:20:1::20", people: 20 },
];
const AGENTS = [
  "Chrome/131.0",
  "Firefox/133.0",
  "Safari/18.1",
  "Edg/131.0",
  "OrdersApp/4.2 iOS",
  "OrdersApp/4.2 Android",
];
/** What browsers ask for by themselves. */
const PROBES = ["/favicon.ico", "/apple-touch-icon.png", "/manifest.webmanifest", "/robots.txt"];
/** Nobody's orders begin there. */
const STALE_FROM = 5_000_000;

interface Habits {
  readonly subject: string;
  readonly address: (atMs: number) => string;
  readonly isSupport: boolean;
  /** Renews a token before it ends; or when it is refused, as the client of the offices does. */
  readonly renewsEarly: boolean;
  readonly thinksMs: number;
}

/** Two hundred and sixty people and some programs, from `fromMs` on. */
export function honestTraffic(gate: VirtualGate, fromMs: number, seed: number): Turn[] {
  const chance = new Chance(seed);
  const turns: Turn[] = [];
  const person = (subject: string, address: Habits["address"]): void => {
    const own = new Chance(chance.between(1, 2 ** 31));
    const habits = {
      subject,
      address,
      isSupport: own.of(0.05),
      renewsEarly: !subject.startsWith("office") && own.of(0.6),
    };
    const thinksMs = own.between(8, 26) * SECOND_MS;
    turns.push({
      atMs: fromMs + own.between(0, 20 * MINUTE_MS),
      actor: new Person(gate, { ...habits, thinksMs }, own),
    });
  };
  for (let i = 0; i < HOMES; i += 1) {
    // Private addresses of IPv6 change within their network.
    const at = (ms: number) => (i % 5 === 0 ? `2001:db8:1:${i}::${Math.floor(ms / 1.2e6) % 9_999}` : `198.51.100.${i}`);
    person(`home-${i}`, at);
  }
  for (let i = 0; i < PHONES; i += 1) {
    const leavesMs = fromMs + chance.between(5, 55) * MINUTE_MS;
    person(`phone-${i}`, (ms) => (ms < leavesMs ? `192.0.2.${i}` : `100.64.${i}.7`));
  }
  for (const { address, people } of OFFICES)
    for (let i = 0; i < people; i += 1) person(`office-${address}-${i}`, () => address);
  const everyMs = { poller: 10, eager: 6, hasty: 5, importer: 11 };
  Object.entries(everyMs).forEach(([name, seconds], i) => {
    const program = new Program(gate, `program-${name}`, `203.0.113.${50 + i}`, seconds * SECOND_MS);
    turns.push({ atMs: fromMs + i * 700, actor: program });
  });
  for (let i = 0; i < 2; i += 1) turns.push({ atMs: fromMs + i * 5_000, actor: probe(gate, `203.0.113.${60 + i}`) });
  turns.push({ atMs: fromMs, actor: crawler(gate, "203.0.113.70", new Chance(seed + 1)) });
  return turns;
}

class Person implements Actor {
  readonly #gate: VirtualGate;
  readonly #habits: Habits;
  readonly #chance: Chance;
  readonly #agent: string;
  #token: Token | undefined;
  #isNew = true;
  /** Two requests of a page leave side by side. */
  #atMs = 0;

  constructor(gate: VirtualGate, habits: Habits, chance: Chance) {
    this.#gate = gate;
    this.#habits = habits;
    this.#chance = chance;
    this.#agent = `Mozilla/5.0 ${chance.one(AGENTS)}`;
  }

  readonly act = async (atMs: number): Promise<number> => {
    this.#atMs = atMs;
    if (this.#token === undefined) return this.#arrive();
    if (this.#chance.of(0.006)) return this.#leave(this.#token);
    if (this.#habits.renewsEarly && this.#token.endsMs - atMs < 30_000) this.#renew();
    const status = await this.#page();
    if (status === 401) {
      this.#renew();
      await this.#page();
    }
    const { thinksMs } = this.#habits;
    return this.#atMs + (status === 429 ? this.#chance.between(20, 90) * SECOND_MS : this.#chance.skewed(thinksMs));
  };

  async #arrive(): Promise<number> {
    if (this.#isNew) {
      for (const target of PROBES) if (this.#chance.of(0.5)) await this.#send({ target });
      this.#isNew = false;
    }
    await this.#send({ target: "/products" });
    const data = { address: this.#habits.address(this.#atMs), account: `hash-${this.#habits.subject}` };
    for (let share = 0.07; this.#chance.of(share); share = 0.3) {
      await this.#gate.tell(this.#atMs, "identity.sign-in-failed", { ...data, what: "password" });
      this.#atMs += this.#chance.between(4, 20) * SECOND_MS;
    }
    await this.#gate.tell(this.#atMs, "identity.sign-in-succeeded", { ...data, subject: this.#habits.subject });
    this.#renew();
    return this.#atMs + this.#chance.between(1, 4) * SECOND_MS;
  }

  async #leave(token: Token): Promise<number> {
    this.#gate.revoke(token);
    // A page that still asks for news while it closes.
    if (this.#chance.of(0.15)) await this.#send({ target: "/orders?limit=5", token: token.text });
    this.#token = undefined;
    return this.#atMs + this.#chance.between(2, 25) * MINUTE_MS;
  }

  #renew(): void {
    this.#token = this.#gate.token(this.#habits.subject, { roles: [this.#habits.isSupport ? "support" : "customer"] });
  }

  async #page(): Promise<number> {
    const luck = this.#chance.next();
    const own = 1 + (Number.parseInt(this.#habits.subject.replace(/\D/gu, ""), 10) % 1_000) * 50;
    const target = `/orders/${own + this.#chance.between(0, 40)}`;
    if (luck < 0.35) {
      const [status] = [
        await this.#ask({ target: "/orders?limit=20", bytes: 6_000 }),
        await this.#ask({ target: "/products" }),
      ];
      return status;
    }
    if (luck < 0.7) return this.#ask({ target });
    if (luck < 0.8) return this.#send({ target: `/products?query=${this.#chance.one(["tea", "cup", "green"])}` });
    if (luck < 0.93) return this.#order();
    if (luck < 0.95) return this.#ask({ method: "DELETE", target, status: 204, bytes: 0 });
    if (luck < 0.965) return this.#ask({ method: "POST", target: `${target}/refund` });
    if (luck < 0.98) return this.#ask({ target: "/reports/daily" });
    if (luck < 0.99) return this.#ask({ target: `/orders/${STALE_FROM + this.#chance.between(0, 99)}`, status: 404 });
    return this.#send({ target: this.#chance.one(["/shop/tea", "/old/orders", "/index.html"]) });
  }

  /** Some have to correct what they typed. */
  async #order(): Promise<number> {
    const body = { sku: "TEA-001", quantity: this.#chance.between(1, 9) };
    for (let share = 0.12; this.#chance.of(share); share = 0.4) {
      const wrong = this.#chance.one([{ ...body, quantity: 0 }, { ...body, sku: "tea" }, { sku: "TEA-001" }]);
      const status = await this.#ask({ method: "POST", target: "/orders", body: wrong });
      if (status !== 400) return status;
      this.#atMs += this.#chance.between(3, 12) * SECOND_MS;
    }
    const breaks = this.#chance.of(0.03) ? { breaks: "upload" as const } : {};
    return this.#ask({ method: "POST", target: "/orders", body, status: 201, ...breaks });
  }

  #ask(sent: Omit<Sent, "atMs" | "address">): Promise<number> {
    const { text } = this.#token as Token;
    return this.#send({ ...sent, token: text });
  }

  #send(sent: Omit<Sent, "atMs" | "address">): Promise<number> {
    this.#atMs += this.#chance.between(1, 40);
    const address = this.#habits.address(this.#atMs);
    const luck = this.#chance.next();
    const tookMs = luck < 0.002 ? 2_500 : this.#chance.skewed(25);
    const usual = { bytes: this.#chance.between(300, 4_000), tookMs, agent: this.#agent };
    const odd =
      luck > 0.999 ? { status: 500 } : luck > 0.99 && sent.breaks === undefined ? { breaks: "answer" as const } : {};
    return this.#gate.send({ ...usual, ...sent, ...odd, atMs: this.#atMs, address });
  }
}

/** Asks at a steady pace, whatever it is told: some are told 429 often. */
class Program implements Actor {
  readonly #gate: VirtualGate;
  readonly #everyMs: number;
  readonly #sent: Omit<Sent, "atMs" | "token">;
  readonly #subject: string;
  #token: Token;

  constructor(gate: VirtualGate, subject: string, address: string, everyMs: number) {
    this.#gate = gate;
    this.#subject = subject;
    this.#everyMs = everyMs;
    this.#token = gate.token(subject);
    const what: Omit<Sent, "atMs" | "address"> = subject.endsWith("importer")
      ? { method: "POST", target: "/orders", body: { sku: "CUP-010", quantity: 5 }, status: 201 }
      : { target: "/orders?status=placed&limit=100", bytes: 20_000 };
    this.#sent = { ...what, address, agent: `${subject}/1.0` };
  }

  readonly act = async (atMs: number): Promise<number> => {
    if (this.#token.endsMs - atMs < 10_000) this.#token = this.#gate.token(this.#subject);
    await this.#gate.send({ ...this.#sent, atMs, token: this.#token.text });
    return atMs + this.#everyMs;
  };
}

/** Whether the shop is up. */
function probe(gate: VirtualGate, address: string): Actor {
  const act = async (atMs: number): Promise<number> => {
    await gate.send({ atMs, address, target: "/products", agent: "uptime/2" });
    return atMs + 30_000;
  };
  return { act };
}

/** A search engine with addresses of an older site. */
function crawler(gate: VirtualGate, address: string, chance: Chance): Actor {
  const act = async (atMs: number): Promise<number> => {
    const target = chance.of(0.2) ? "/robots.txt" : `/catalogue/page-${chance.between(0, 500)}`;
    await gate.send({ atMs, address, target, agent: "searchbot/1" });
    return atMs + chance.between(20, 60) * SECOND_MS;
  };
  return { act };
}
