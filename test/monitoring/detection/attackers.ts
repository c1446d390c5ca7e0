// One attack for each rule that comes along, by somebody of its own, as it is met at the gate: with the alert that it must raise, and no other.
import type { Actor, Turn } from "./actors.ts";
import type { Sent, VirtualGate } from "./virtual-gate.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

interface Attack {
  readonly rule: string;
  /** What the alert says of whom. */
  readonly whom: string;
  readonly atMinute: number;
  /** `i`: which step of it; undefined where it is over. */
  readonly step: (atMs: number, i: number) => Promise<unknown>;
  readonly steps: number;
  readonly everyMs: number;
}

const order = { sku: "TEA-001", quantity: 1 };
const AGENT = "Mozilla/5.0 Chrome/131.0";

export function attacksOn(gate: VirtualGate): readonly Attack[] {
  const send = (sent: Sent) => gate.send({ agent: AGENT, ...sent });
  const signIn = (atMs: number, address: string, account: string) =>
    gate.tell(atMs, "identity.sign-in-failed", { address, account, what: "password" });
  const tokens = new Map<string, string>();
  /** The same token for the whole attack, as one that was stolen. */
  const tokenOf = (subject: string, options?: Parameters<VirtualGate["token"]>[1]): string => {
    let text = tokens.get(subject);
    if (text === undefined) tokens.set(subject, (text = gate.token(subject, options).text));
    return text;
  };
  /** Anew for each request: it lives five minutes. */
  const fresh = (subject: string) => gate.token(subject).text;
  return [
    {
      rule: "brute-force",
      whom: "client.address 198.18.1.1",
      atMinute: 21,
      steps: 14,
      everyMs: 5 * SECOND_MS,
      step: (atMs, i) => {
        const token = gate.token("alice", { secret: `guess ${i}` }).text;
        return send({ atMs, address: "198.18.1.1", target: "/orders", token });
      },
    },
    {
      rule: "distributed-guessing",
      whom: "client.network 2001:db8:77::/48",
      atMinute: 20,
      steps: 35,
      everyMs: 15 * SECOND_MS,
      step: (atMs, i) => {
        const token = gate.token("bob", { secret: `guess ${i}` }).text;
        return send({ atMs, address: `2001:db8:77:${i}::1`, target: "/orders", token });
      },
    },
    {
      rule: "password-spraying",
      whom: "client.address 198.18.2.1",
      atMinute: 22,
      steps: 9,
      everyMs: 20 * SECOND_MS,
      step: (atMs, i) => signIn(atMs, "198.18.2.1", `sprayed-${i}`),
    },
    {
      rule: "credential-stuffing",
      whom: "client.network 198.18.3.0/24",
      atMinute: 23,
      steps: 40,
      everyMs: 30 * SECOND_MS,
      step: (atMs, i) => signIn(atMs, `198.18.3.${i}`, `stuffed-${i}`),
    },
    {
      rule: "token-replay",
      whom: "one token",
      atMinute: 24,
      steps: 8,
      everyMs: 20 * SECOND_MS,
      step: (atMs, i) =>
        send({ atMs, address: `198.18.${40 + (i % 4)}.1`, target: "/orders", token: tokenOf("replayed") }),
    },
    {
      rule: "token-shared",
      whom: "one token",
      atMinute: 25,
      steps: 8,
      everyMs: 20 * SECOND_MS,
      step: (atMs, i) =>
        send({ atMs, address: "198.18.5.1", target: "/orders", token: tokenOf("shared"), agent: `tool/${i % 5}` }),
    },
    {
      rule: "revoked-token-used",
      whom: "client.address 198.18.6.1",
      atMinute: 26,
      steps: 7,
      everyMs: 20 * SECOND_MS,
      step: (atMs) => {
        const token = gate.token("signed-out");
        gate.revoke(token);
        return send({ atMs, address: "198.18.6.1", target: "/orders", token: token.text });
      },
    },
    {
      rule: "scanning",
      whom: "client.address 198.18.7.1",
      atMinute: 27,
      steps: 14,
      everyMs: 5 * SECOND_MS,
      step: (atMs, i) => send({ atMs, address: "198.18.7.1", target: `/backup-${i}.zip` }),
    },
    {
      rule: "object-enumeration",
      whom: "user.id enumerator, portcullis.operation.id getOrder",
      atMinute: 28,
      steps: 20,
      everyMs: 5 * SECOND_MS,
      step: (atMs, i) =>
        send({ atMs, address: "198.18.8.1", target: `/orders/${700 + i}`, token: tokenOf("enumerator"), status: 404 }),
    },
    {
      rule: "privilege-probing",
      whom: "user.id prober",
      atMinute: 29,
      steps: 10,
      everyMs: 10 * SECOND_MS,
      step: (atMs, i) => {
        const token = tokenOf("prober", { scope: "none" });
        const tries: readonly Pick<Sent, "method" | "target" | "body">[] = [
          { target: "/orders" },
          { target: "/orders/7" },
          { method: "POST", target: "/orders", body: order },
          { method: "DELETE", target: "/orders/7" },
          { target: "/reports/daily" },
        ];
        return send({ atMs, address: "198.18.9.1", token, ...(tries[i % tries.length] as (typeof tries)[number]) });
      },
    },
    {
      rule: "schema-probing",
      whom: "client.address 198.18.10.1",
      atMinute: 30,
      steps: 25,
      everyMs: 4 * SECOND_MS,
      step: (atMs, i) => {
        const body = { ...order, note: "x", [`$where${i}`]: "1" };
        return send({
          atMs,
          address: "198.18.10.1",
          method: "POST",
          target: "/orders",
          token: tokenOf("fuzzer"),
          body,
        });
      },
    },
    {
      rule: "slow-clients",
      whom: "client.address 198.18.11.1",
      atMinute: 31,
      steps: 25,
      everyMs: 4 * SECOND_MS,
      step: (atMs) => {
        const what = { method: "POST", target: "/orders", body: order, breaks: "upload" } as const;
        return send({ atMs, address: "198.18.11.1", token: tokenOf("slow"), ...what });
      },
    },
    {
      // All that there is against it in its first minutes: its address's ceiling refuses what would be unusual.
      rule: "limits-ignored",
      whom: "client.address 198.18.15.1",
      atMinute: 12,
      steps: 1_600,
      everyMs: 30,
      step: (atMs) => send({ atMs, address: "198.18.15.1", target: "/robots.txt" }),
    },
    {
      rule: "unusual-operation-rate",
      whom: "portcullis.operation.id dailyReport",
      atMinute: 33,
      steps: 400,
      everyMs: 100,
      step: (atMs, i) =>
        send({ atMs, address: `198.19.${i >> 8}.${i & 255}`, target: "/reports/daily", token: fresh(`bot-${i}`) }),
    },
    {
      rule: "unusual-address-rate",
      whom: "client.address 203.0.113.60",
      atMinute: 36,
      steps: 280,
      everyMs: 150,
      step: (atMs, i) =>
        send({ atMs, address: "203.0.113.60", target: i % 2 === 0 ? "/products" : "/robots.txt", agent: "uptime/2" }),
    },
    {
      rule: "server-errors",
      whom: "portcullis.operation.id cancelOrder",
      atMinute: 38,
      steps: 30,
      everyMs: SECOND_MS,
      step: (atMs) => {
        const what = { method: "DELETE", target: "/orders/99", status: 500 } as const;
        return send({ atMs, address: "198.18.12.1", token: tokenOf("breaker"), ...what });
      },
    },
    {
      rule: "slow-answers",
      whom: "portcullis.operation.id refundOrder",
      atMinute: 40,
      steps: 50,
      everyMs: SECOND_MS,
      step: (atMs, i) => {
        const token = gate.token(`refunder-${i}`, { roles: ["support"] }).text;
        const what = { method: "POST", target: "/orders/9/refund", tookMs: 4_000 } as const;
        return send({ atMs, address: "198.18.13.1", token, ...what });
      },
    },
    {
      rule: "unusual-caller-rate",
      whom: "user.id program-poller",
      atMinute: 43,
      steps: 400,
      everyMs: 100,
      step: (atMs, i) => {
        const target = ["/orders", "/orders/7", "/orders/8?x=1", "/reports/daily"][i % 4] as string;
        const address = `203.0.113.${100 + (i % 20)}`;
        return send({ atMs, address, target, token: fresh("program-poller"), agent: "program-poller/1.0" });
      },
    },
    {
      rule: "scraping",
      whom: "user.id scraper",
      atMinute: 50,
      steps: 60,
      everyMs: 2 * SECOND_MS,
      step: (atMs) =>
        send({
          atMs,
          address: "198.18.14.1",
          target: "/orders?limit=100",
          token: tokenOf("scraper"),
          bytes: 3_000_000,
        }),
    },
  ];
}

export function turnsOf(attacks: readonly Attack[], fromMs: number): Turn[] {
  return attacks.map(({ atMinute, steps, everyMs, step }) => {
    let i = 0;
    const actor: Actor = {
      act: async (atMs) => {
        await step(atMs, i);
        i += 1;
        return i < steps ? atMs + everyMs : undefined;
      },
    };
    return { atMs: fromMs + atMinute * MINUTE_MS, actor };
  });
}
