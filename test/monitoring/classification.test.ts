// Every reason has its action and level; what must stand out does.
import { describe, expect, it } from "vitest";
import { deny } from "../../src/core/outcome.ts";
import { REASONS, type ReasonCode } from "../../src/core/reasons/registry.ts";
import { actionOf, classify, type Level } from "../../src/monitoring/classification.ts";
import { answeredExchange } from "./exchanges.ts";
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
    for (const code of CODES) {
      if (REASONS[code].status === 403) expect([actionOf(code), levelOf(code)]).toEqual(["authz_fail", "warn"]);
      if (REASONS[code].status === 429) {
        expect([actionOf(code), levelOf(code)]).toEqual(["excess_rate_limit_exceeded", "warn"]);
      }
    }
  });

  it("gives every 5xx that is ours the level error, and never blames the caller for it", () => {
    const blames = ["authn_login_fail", "authn_token_reuse", "authz_fail", "excess_rate_limit_exceeded"];
    for (const code of CODES.filter((code) => REASONS[code].status >= 500)) {
      expect(blames).not.toContain(actionOf(code));
      // 501 is the one 5xx that the client causes.
      expect(levelOf(code), code).toBe(REASONS[code].status === 501 ? "info" : "error");
    }
  });

  it("keeps the remaining 4xx at info", () => {
    for (const code of CODES) {
      const { status } = REASONS[code];
      if (status >= 400 && status < 500 && ![401, 403, 429].includes(status)) {
        expect(levelOf(code), code).toBe("info");
        expect(["input_validation_fail", "resource_undeclared", "request_incomplete"]).toContain(actionOf(code));
      }
    }
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

  it("raises an exchange with a fault to error, also where it was let through", () => {
    const exchange = answeredExchange();
    exchange.failed("validation.body", new TypeError("x"));
    expect(record(exchange).event.log.level).toBe("error");
  });
});
