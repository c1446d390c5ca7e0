// What an exchange counts as: level, OWASP action and ECS categories, for every reason and for what was let through.
import type { Exchange } from "../core/exchange.ts";
import { OAUTH_REFUSALS, type OAuthRefusal } from "../core/reasons/oauth.ts";
import { type ReasonCode, REASONS } from "../core/reasons/registry.ts";

export type Level = "info" | "warn" | "error";

/**
 * `event.action`. The first group is OWASP's Application Logging Vocabulary; the second is ours, in the same style,
 * for what OWASP has no word for.
 */
export const ACTIONS = [
  "authn_login_fail",
  "authn_token_reuse",
  "authz_fail",
  "excess_rate_limit_exceeded",
  "input_validation_fail",

  "api_access",
  "api_error",
  "api_unanswered",
  "dependency_unavailable",
  "guard_fail",
  "output_validation_fail",
  "request_incomplete",
  "resource_undeclared",
  "service_busy",
  "service_draining",
  "upstream_fail",
] as const;

export type Action = (typeof ACTIONS)[number];

export interface Classification {
  readonly level: Level;
  readonly action: Action;
  readonly outcome: "success" | "failure" | "unknown";
  /** `event.reason`. */
  readonly reason: ReasonCode | OAuthRefusal | undefined;
  /** The members of `event` that follow from it, as JSON without braces. */
  readonly json: string;
}

const OVERRIDES: Partial<Record<string, Action>> = {
  // OWASP: "a previously revoked token was attempted to be reused".
  "authentication.token-revoked": "authn_token_reuse",
  "monitoring.spool-full": "service_busy",
  "rate-limiting.capacity-exceeded": "service_busy",
  // Who takes nothing of what was asked for holds places and memory, as who sends slowly does.
  "transport.answer-not-taken": "request_incomplete",
  "transport.body-incomplete": "request_incomplete",
  "transport.body-too-slow": "request_incomplete",
  // A page of that origin may not ask for it.
  "transport.cors-refused": "authz_fail",
  "transport.draining": "service_draining",
  "transport.frames-too-many": "excess_rate_limit_exceeded",
  "transport.guard-failed": "guard_fail",
  "transport.guard-late": "dependency_unavailable",
  "transport.identity-away": "dependency_unavailable",
  "transport.upstream-invalid": "upstream_fail",
  "transport.upstream-refused": "upstream_fail",
  "transport.upstream-timeout": "upstream_fail",
  "transport.upstream-untrusted": "upstream_fail",
  "validation.method-undeclared": "resource_undeclared",
  "validation.operation-undeclared": "resource_undeclared",
};

/** The action of a refusal. A practice's refusals under 500 are the client's doing, the others are ours or a dependency's. */
export function actionOf(reason: ReasonCode): Action {
  const override = OVERRIDES[reason];
  if (override !== undefined) return override;
  const practice = reason.slice(0, reason.indexOf("."));
  const status = REASONS[reason]?.status ?? 500;
  // 501 is what the client asked for, not what failed here (RFC 9110 15.6.2).
  const ours = status >= 500 && status !== 501;
  switch (practice) {
    case "authentication":
      return ours ? "dependency_unavailable" : "authn_login_fail";
    case "authorization":
      return ours ? "dependency_unavailable" : "authz_fail";
    case "rate-limiting":
      return ours ? "dependency_unavailable" : "excess_rate_limit_exceeded";
    case "validation":
      return ours ? "output_validation_fail" : "input_validation_fail";
    default:
      return ours ? "guard_fail" : "input_validation_fail";
  }
}

const LEVELS: Readonly<Record<Action, Level>> = {
  authn_login_fail: "warn",
  authn_token_reuse: "warn",
  authz_fail: "warn",
  excess_rate_limit_exceeded: "warn",
  input_validation_fail: "info",

  api_access: "info",
  api_error: "error",
  api_unanswered: "info",
  dependency_unavailable: "error",
  guard_fail: "error",
  output_validation_fail: "error",
  request_incomplete: "info",
  resource_undeclared: "info",
  service_busy: "error",
  service_draining: "error",
  upstream_fail: "error",
};

/** Each `event.type` is one that ECS expects for one of the categories beside it. */
function typesOf(action: Action): string {
  if (action === "authn_login_fail" || action === "authn_token_reuse") {
    return '"category":["authentication","api","web"],"type":["info","access","denied"]';
  }
  if (action === "api_access") return '"category":["api","web"],"type":["access","allowed"]';
  if (action === "api_unanswered") return '"category":["api","web"],"type":["access","info"]';
  if (action === "api_error" || action === "upstream_fail") {
    return '"category":["api","web"],"type":["access","allowed","error"]';
  }
  return '"category":["api","web"],"type":["access","denied"]';
}

function classification(
  action: Action,
  outcome: Classification["outcome"],
  reason?: Classification["reason"],
): Classification {
  return {
    level: LEVELS[action],
    action,
    outcome,
    reason,
    json: `"kind":"event","action":"${action}",${typesOf(action)},"outcome":"${outcome}"${reason === undefined ? "" : `,"reason":"${reason}"`}`,
  };
}

const BY_REASON = new Map<string, Classification>(
  [
    ...(Object.keys(REASONS) as ReasonCode[]).map((reason) => classification(actionOf(reason), "failure", reason)),
    ...(Object.keys(OAUTH_REFUSALS) as OAuthRefusal[]).map((reason) =>
      classification(
        OAUTH_REFUSALS[reason] === "authentication" ? "authn_login_fail" : "authz_fail",
        "failure",
        reason,
      ),
    ),
  ].map((found) => [found.reason as string, found]),
);
const SUCCEEDED = classification("api_access", "success");
const REFUSED_BEHIND = classification("api_access", "failure");
const FAILED_BEHIND = classification("api_error", "failure");
const UNANSWERED = classification("api_unanswered", "unknown");
const UNKNOWN_REASON = classification("guard_fail", "failure");

export function classify(exchange: Exchange): Classification {
  if (exchange.denial !== undefined) return BY_REASON.get(exchange.denial.reason) ?? UNKNOWN_REASON;
  const status = exchange.answerStatus;
  if (status >= 500) return FAILED_BEHIND;
  if (status >= 400) {
    const refused = exchange.refusedBehind;
    return (refused && BY_REASON.get(refused.reason)) ?? REFUSED_BEHIND;
  }
  return status === 0 ? UNANSWERED : SUCCEEDED;
}
