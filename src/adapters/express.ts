// The gate inside Express: the same policy and the same answers as the gateway's.
import type { RequestHandler } from "express";
import { compose, type Composition, systemPorts } from "../configuration/compose.ts";
import { compositionMetrics } from "../configuration/compose/composition-metrics.ts";
import { type LoadedSettings, loadSettings } from "../configuration/load.ts";
import type { Principal } from "../core/principal.ts";
import { followLists } from "./express-lists.ts";
import { type ExpressOptions, expressHandler } from "./express-handler.ts";
import { broken, checkOptions, making } from "./express-options.ts";
import { type ApplicationLog, applicationLog } from "./request-context.ts";
import {
  type FrameworkConfiguration,
  gatewaySettingsNotice,
  insideFramework,
  refuseGatewaySettings,
} from "./gateway-settings.ts";

export type { ExpressOptions } from "./express-handler.ts";

declare global {
  namespace Express {
    interface Request {
      /** Who is calling, as Portcullis proved it; anonymous on public operations. */
      principal: Principal;
    }
  }
}

/**
 * The configuration as an object, or the name of its file. An object must not hold what only a gateway has (`upstream`,
 * listeners, TLS); a file may, so that one file serves both: a notice at start names what has no effect here.
 */
export type ExpressConfiguration = FrameworkConfiguration | { readonly file: string };

/** A middleware that needs keys from elsewhere. */
export interface ReadyHandler extends RequestHandler {
  /** Resolves once every issuer's keys were loaded; requests before that get 503. */
  ready(): Promise<void>;
  /** Ends the refreshing of keys and the following of lists, and writes what is still to be recorded. */
  close(): Promise<void>;
}

export interface PortcullisHandler extends ReadyHandler {
  /** Shows what is measured, for Prometheus: mount it where only operators come. */
  readonly metrics: RequestHandler;
  /** Takes a line of the application's own log for the record: what the bridges for Winston and pino call. */
  readonly log: ApplicationLog;
}

/**
 * Compiles the policy and gives the middleware that enforces it. Throws ProblemsError with everything that is wrong.
 *
 * Mount it first, at the root or at a path: it matches `originalUrl`, whole, against the document. It reads the body where
 * the document describes one, and sets `req.body` from that one parse: a value of JSON or a form, bytes of anything else.
 * A body that another middleware read before, or a URL that one rewrote, is refused with 500. What is mounted before it is
 * not guarded by it, except that the answers of a compressing middleware before it are judged uncompressed.
 *
 * `req.principal` is the caller. `req.headers` holds what an API behind the gateway gets: fields that only proxies may set
 * are gone, X-Forwarded-For, X-Request-Id and Traceparent are the gate's. `req.query` and `req.params` stay Express's own
 * reading: declare parameters, and deny others (`validation.unknownParameters: enforce`).
 *
 * Files of API keys and the deny list take effect within seconds of being written, until `close()`; anything else needs a restart.
 *
 * Requests that match no operation are denied. With `unmatched: "next"` they go on, recorded, without authentication or
 * validation: also `/orders/7/secret` beside a declared `/orders/{id}`. A declared path with another method, or in a
 * spelling that Express would route to it (`/ORDERS/`), is denied still.
 */
export async function portcullis(
  configuration: ExpressConfiguration,
  options: ExpressOptions = {},
): Promise<PortcullisHandler> {
  making("portcullis", () => {
    checkConfiguration(configuration);
    checkOptions(options, ["unmatched"]);
    if (![undefined, "deny", "next"].includes(options.unmatched))
      throw broken("option-invalid", "unmatched is neither deny nor next", 'Such as { unmatched: "next" }.');
  });
  const loaded = await load(configuration);
  const settings = insideFramework(loaded.settings);
  const composition = await compose({ ...loaded, settings }, systemPorts());
  const { recorder, keySources, notices, policy } = composition;
  for (const { severity, message } of notices) {
    if (severity === "warning") recorder.system({ action: "configuration.noticed", level: "warn", message });
  }
  const notice = gatewaySettingsNotice(loaded);
  if (notice !== undefined) recorder.system({ action: "configuration.noticed", level: "warn", message: notice });
  recorder.system({ action: "gateway.started", level: "info", message: `inside Express, policy ${policy.version}` });
  const watch = followLists(composition);
  const ready = Promise.all(keySources.map((keys) => keys.ready()));
  // A failure is told by whoever awaits `ready`, and by the record; it must not end the process.
  ready.catch(() => undefined);
  return Object.assign(expressHandler(composition, options), {
    ready: async () => void (await ready),
    metrics: showMetrics(composition),
    log: applicationLog(recorder),
    close: () => {
      watch.close();
      return composition.close();
    },
  });
}

function showMetrics(composition: Composition): RequestHandler {
  const { metrics } = composition;
  metrics.add(...compositionMetrics(() => composition));
  return (request, response) => {
    const { contentType, text } = metrics.show(request.headers.accept);
    response.set("Cache-Control", "no-store").set("Content-Type", contentType).end(text);
  };
}

function load(configuration: ExpressConfiguration): Promise<LoadedSettings> {
  const from = { cwd: process.cwd(), env: process.env };
  if ("file" in configuration) return loadSettings({ ...from, file: configuration.file });
  refuseGatewaySettings(configuration);
  return loadSettings({ ...from, object: configuration });
}

/** What stands beside `file` would be ignored, and somebody would rely on it. */
function checkConfiguration(configuration: unknown): void {
  const remedy = 'Such as { file: "portcullis.yaml" }, or { openapi: "openapi.yaml", authentication: { … } }.';
  if (typeof configuration !== "object" || configuration === null || Array.isArray(configuration)) {
    throw broken("option-missing", "the configuration is needed, as an object", remedy);
  }
  if (!("file" in configuration)) return;
  const { file, ...others } = configuration;
  if (typeof file !== "string") throw broken("option-invalid", "file is no text", remedy);
  const names = Object.keys(others);
  if (names.length === 0) return;
  throw broken("option-unknown", `${names.join(", ")} beside file has no effect`, "Write it into that file.");
}
