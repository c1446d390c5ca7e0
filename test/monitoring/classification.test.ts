// Every reason has its action and level; what must stand out does.
import { describe, expect, it } from "vitest";
import { deny } from "../../src/core/outcome.ts";
import { REASONS, type ReasonCode } from "../../src/core/reasons/registry.ts";
import { actionOf, classify, type Level } from "../../src/monitoring/classification.ts";
import { ANONYMOUS } from "../../src/core/principal.ts";
import type { FieldName } from "../../src/monitoring/detection/field.ts";
import { LiveObservation, storedObservation } from "../../src/monitoring/detection/observation.ts";
import { strangers, wrongWords } from "./ecs.ts";
import { ALICE, answeredExchange } from "./exchanges.ts";
import { record } from "./record.ts";

const CODES = Object.keys(REASONS) as ReasonCode[];

function levelOf(reason: ReasonCode): Level {
  const exchange = answeredExchange();
  exchange.denial = deny(reason);
  return classify(exchange).level;
}

describe("classification", () => {
  it("gives every 401 the action of a failed login, or of a revoked token, at warn", () => {
    const refused = CODES.filter((code) => REASONS[code].status === 401);
    expect(refused.length).toBeGreaterThan(10);
    for (const code of refused) {
      expect(actionOf(code)).toBe(code.endsWith("revoked") ? "authn_token_reuse" : "authn_login_fail");
      expect(levelOf(code)).toBe("warn");
    }
  });

  it("gives every 403 authz_fail and every 429 excess_rate_limit_exceeded, at warn", () => {
    const found = (status: number) =>
      new Set(
        CODES.filter((code) => REASONS[code].status === status).map((code) => `${actionOf(code)} ${levelOf(code)}`),
      );
    expect(found(403)).toEqual(new Set(["authz_fail warn"]));
    expect(found(429)).toEqual(new Set(["excess_rate_limit_exceeded warn"]));
  });

  it("gives every 5xx that is ours the level error, and never blames the caller for it", () => {
    const blames = ["authn_login_fail", "authn_token_reuse", "authz_fail", "excess_rate_limit_exceeded"];
    const failures = CODES.filter((code) => REASONS[code].status >= 500);
    expect(failures.filter((code) => blames.includes(actionOf(code)))).toEqual([]);
    // 501 is the one 5xx that the client causes.
    const requested = failures.filter((code) => REASONS[code].status === 501);
    expect(failures.filter((code) => levelOf(code) !== "error")).toEqual(requested);
    expect(new Set(requested.map(actionOf))).toEqual(new Set(["input_validation_fail"]));
  });

  it("keeps the remaining 4xx at info", () => {
    const rest = CODES.filter((code) => REASONS[code].status < 500 && ![401, 403, 429].includes(REASONS[code].status));
    expect(rest.length).toBeGreaterThan(10);
    expect(rest.filter((code) => levelOf(code) !== "info")).toEqual([]);
    expect(new Set(rest.map(actionOf))).toEqual(
      new Set(["input_validation_fail", "resource_undeclared", "request_incomplete"]),
    );
  });

  it("judges answers of the API by their status", () => {
    const found = [200, 302, 404, 500, 0].map((status) => {
      const exchange = answeredExchange();
      exchange.answerStatus = status;
      const { event, log } = record(exchange).event;
      return [event.action, event.outcome, log.level];
    });
    expect(found).toEqual([
      ["api_access", "success", "info"],
      ["api_access", "success", "info"],
      ["api_access", "failure", "info"],
      ["api_error", "failure", "error"],
      ["api_unanswered", "unknown", "info"],
    ]);
  });

  it.each([
    ["invalid_client", "authn_login_fail"],
    ["invalid_grant", "authn_login_fail"],
    ["invalid_token", "authn_login_fail"],
    ["invalid_scope", "authz_fail"],
    ["authentication.token-revoked", "authn_token_reuse"],
    ["authorization.role-missing", "authz_fail"],
  ] as const)("records what the authorization server refused: %s as %s", (reason, action) => {
    const exchange = answeredExchange();
    exchange.answerStatus = 401;
    exchange.refusedBehind = { reason, client: undefined };
    const { event, text } = record(exchange);
    expect(event.event).toMatchObject({ action, reason, outcome: "failure" });
    expect([event.log.level, event.event.type.includes("denied")]).toEqual(["warn", true]);
    expect([event.message.endsWith(` 401 ${reason}`), text.includes(reason)]).toEqual([true, true]);
    expect([...strangers(event), ...wrongWords(event.event)]).toEqual([]);
  });

  it("names the client that was refused, and takes nobody for it who was not proven", () => {
    const exchange = answeredExchange();
    exchange.principal = ANONYMOUS;
    exchange.answerStatus = 401;
    exchange.refusedBehind = { reason: "invalid_client", client: 'a "job"' };
    const { event } = record(exchange);
    expect([event.portcullis.authentication, event.user]).toEqual([{ client_id: 'a "job"' }, undefined]);
    const live = new LiveObservation().fill(exchange, classify(exchange), 1_003);
    const stored = storedObservation({ ...event });
    if (typeof stored !== "object") throw new Error("it is not watched");
    const both = (name: FieldName) => [live.read(name), stored.read(name)];
    expect(both("user.id")).toEqual([undefined, undefined]);
    expect(both("portcullis.authentication.client_id")).toEqual(['a "job"', 'a "job"']);
    expect(both("event.reason")).toEqual(["invalid_client", "invalid_client"]);
    expect(both("portcullis.practice")).toEqual([undefined, undefined]);
    // Whoever was proven is the caller.
    exchange.principal = ALICE;
    expect(record(exchange).event.portcullis.authentication).toMatchObject({ kind: "user", client_id: "web-shop" });
  });

  it("raises an exchange with a fault to error, also where it was let through", () => {
    const exchange = answeredExchange();
    exchange.failed("validation.body", new TypeError("x"));
    expect(record(exchange).event.log.level).toBe("error");
  });
});
